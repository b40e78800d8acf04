"""What callers said and who they are is not for everybody on the machine."""

import os
import stat
from pathlib import Path

from tests.asterisk.service_process import line102, write_settings
from tests.edge.test_bad_input import NoPbx, free_port


async def test_no_file_of_ours_can_be_read_by_strangers(tmp_path: Path) -> None:
    before = os.umask(0o022)  # as on most machines
    try:
        file = write_settings(NoPbx(tmp_path), tmp_path, web_port=free_port())
        assert (await line102(file, "calls")).code == 0
    finally:
        os.umask(before)
    data = tmp_path / "data"
    assert (data / "line102.db").exists()
    open_to_all = [path for path in data.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o007]
    assert open_to_all == []
