"""Where Asterisk's programs are: installed on this machine, or in a folder built from Debian's testing suite."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from line102.errors import BadSetting

NEEDED = (22, 9)
PBX_UID = 61102  # owns the instance and runs Asterisk; in no passwd file, so it can log in nowhere
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")

# Runs in a mount namespace of its own: nothing stays mounted on the host, and it ends with Asterisk.
# Asterisk sees its programs read-only, four harmless devices, its own processes, and its instance at /srv.
# $1 root, $2 instance, $3 user id, the rest: the command.
_CONFINE = """
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
mount -t tmpfs -o size=64k,mode=755 tmpfs "$1/dev"
for device in null zero random urandom; do touch "$1/dev/$device"; mount --bind "/dev/$device" "$1/dev/$device"; done
mount -t proc -o hidepid=2 proc "$1/proc"
mount -t tmpfs -o size=16m,mode=1777 tmpfs "$1/tmp"
mount --bind "$2" "$1/srv"
root=$1 user=$3
shift 3
exec chroot "$root" /usr/bin/setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs \
    --bounding-set=-all --inh-caps=-all "$@"
"""


@dataclass(frozen=True, slots=True)
class AsteriskRoot:
    """Asterisk's programs. ``folder`` None: installed on this machine."""

    folder: Path | None
    version: tuple[int, int, int]

    def data_as_seen(self, instance: Path) -> str:
        """The instance folder's name in Asterisk's own eyes."""
        return str(instance) if self.folder is None else "/srv"

    def command(self, instance: Path, uid: int) -> list[str]:
        """What starts Asterisk in the foreground, as ``uid`` and without any capability."""
        asterisk = ["/usr/sbin/asterisk", "-C", f"{self.data_as_seen(instance)}/etc/asterisk.conf", "-f"]
        if self.folder is not None:
            confine = ["sh", "-ec", _CONFINE, "confine", str(self.folder), str(instance), str(uid)]
            return ["unshare", "--mount", "--propagation", "private", *confine, *asterisk]
        if os.geteuid() != 0:
            return asterisk
        drop = ["--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        return ["setpriv", "--reuid", str(uid), "--regid", str(uid), *drop, *asterisk]


def find_root(built: Path) -> AsteriskRoot:
    """The installed Asterisk when it is new enough, else the one in ``built``. Raises BadSetting with the remedy."""
    native = _native()
    if native is not None and native.version >= NEEDED:
        return native
    return built_root(built)


def built_root(folder: Path) -> AsteriskRoot:
    """The Asterisk in ``folder``. Raises BadSetting when it is absent or too old."""
    remedy = f"Run: setup/asterisk-root.sh {folder}"
    if not (folder / "usr/sbin/asterisk").is_file():
        raise BadSetting(str(folder), "holds no Asterisk, and this machine has none of 22.9 or newer", remedy)
    status = (folder / "var/lib/dpkg/status").read_text("utf-8", "replace")
    package = re.search(r"^Package: asterisk$.*?^Version: (\S+)$", status, re.MULTILINE | re.DOTALL)
    version = parse_version(package.group(1).rpartition(":")[2] if package else "")
    if version < NEEDED:
        raise BadSetting(str(folder), f"holds Asterisk {version}, older than 22.9", f"Remove it. {remedy}")
    return AsteriskRoot(folder.resolve(), version)


def parse_version(text: str) -> tuple[int, int, int]:
    """The first ``22.10.1`` in ``text``; (0, 0, 0) when there is none."""
    found = _VERSION.search(text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else (0, 0, 0)


def _native() -> AsteriskRoot | None:
    program = shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        return None
    said = subprocess.run([program, "-V"], capture_output=True, text=True, timeout=10, check=False)
    return AsteriskRoot(None, parse_version(said.stdout))
