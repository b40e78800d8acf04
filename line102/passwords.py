"""Passwords at rest: argon2id, by argon2-cffi. Blocking (about 50 ms and 64 MiB each): call it in a thread."""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()  # RFC 9106, low-memory profile
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))  # what an unknown name is compared with: the answer takes as long


def hashed(password: str) -> str:
    """The PHC string to keep."""
    return _HASHER.hash(password)


def matches(kept: str | None, given: str) -> bool:
    """Whether ``given`` is the password; None (no account, or one without) takes the same time and is never."""
    try:
        right = _HASHER.verify(kept or _NOBODY, given)
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None


def new_token() -> str:
    """A session's or a link's random token: 256 bits."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What is kept of a token. A cookie may hold anything, so anything can be digested."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
