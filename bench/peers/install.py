"""Set the peers up, each in a virtual environment of its own, from their published packages:

    python -m bench.peers.install FOLDER [--torch WHEEL]

Needs PortAudio's headers for whisper-live's client (Debian: portaudio19-dev). The default build of torch brings
gigabytes for GPUs; ``--torch`` names a smaller one that pip can find. With the CPU build: 5 GB, five minutes.
"""

from __future__ import annotations

import argparse
import subprocess
import venv
from pathlib import Path

PEERS: dict[str, tuple[str, ...]] = {
    "faster-whisper": ("faster-whisper==1.2.1", "ctranslate2==4.8.5"),
    "whisper-live": ("whisper-live==0.10.0", "faster-whisper==1.2.0", "ctranslate2==4.8.5"),
    "whisperlivekit": ("whisperlivekit==0.2.26", "faster-whisper==1.2.1", "ctranslate2==4.8.5"),
}
"""Folder: what is pinned. whisper-live itself asks for faster-whisper 1.2.0."""


def install(folder: Path, name: str, torch: str | None) -> None:
    """Make ``folder/name`` anew. Raises CalledProcessError with pip's own words on its standard error."""
    venv.create(folder / name, with_pip=True, clear=True)
    pip = [str(folder / name / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    if torch and name != "faster-whisper":
        subprocess.run([*pip, torch], check=True)
    subprocess.run([*pip, *PEERS[name]], check=True)
    frozen = subprocess.run([*pip[:3], "freeze"], check=True, capture_output=True, text=True).stdout
    (folder / name / "versions.txt").write_text(frozen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=[], help=f"of {', '.join(PEERS)}; without any: all")
    parser.add_argument("--torch", help="a requirement or a wheel for torch")
    arguments = parser.parse_args()
    for name in arguments.names or PEERS:
        if name not in PEERS:
            parser.error(f"there is no peer {name!r}")
        print(f"{name}: {', '.join(PEERS[name])}", flush=True)
        install(arguments.folder, name, arguments.torch)


if __name__ == "__main__":
    main()
