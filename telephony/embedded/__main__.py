"""The supervisor's own process. Started by ``EmbeddedPbx``.

python -m telephony.embedded supervise FOLDER    in the foreground, for a service manager
python -m telephony.embedded detach FOLDER       in the background, nobody's child
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from telephony.embedded.supervisor import Supervisor


def main(arguments: list[str]) -> int:
    """0: asked to end, or detached. 2: wrong arguments. 3: another supervisor has the instance."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    match arguments:
        case ["supervise", folder]:
            return Supervisor(Path(folder)).run()
        case ["detach", folder]:
            if os.fork():
                return 0
            os.setsid()  # Ctrl-C in the starter's terminal, and its closing, are not the PBX's business
            return Supervisor(Path(folder)).run()
        case _:
            sys.stderr.write("usage: python -m telephony.embedded supervise|detach FOLDER\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
