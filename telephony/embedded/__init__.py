"""The embedded PBX: a real Asterisk of our own, run from a folder, as its own user, under its own supervisor."""

from telephony.embedded.instance import EmbeddedPbx
from telephony.embedded.root import AsteriskRoot, built_root, find_root
from telephony.embedded.values import ALWAYS, OperatorPhones, PbxValues

__all__ = ["ALWAYS", "AsteriskRoot", "EmbeddedPbx", "OperatorPhones", "PbxValues", "built_root", "find_root"]
