"""What is wrong is one clear line that names it and says what to do; exit code 2 where the service cannot run."""

from __future__ import annotations

import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from line102.config import PROJECT
from tests.asterisk.service_process import Finished, ServiceProcess, line102, write_settings
from tests.fakes.ami_server import FakeAmi, serving

DEMO_MODEL = PROJECT / "transcription" / "demo_model"


@dataclass
class NoPbx:
    """Looks like the ``pbx`` fixture; nothing listens."""

    folder: Path
    values: SimpleNamespace = field(init=False)

    def __post_init__(self) -> None:
        self.values = SimpleNamespace(
            node="line102",
            ami_port=free_port(),
            http_port=free_port(),
            sip_port=free_port(),
            operators=[SimpleNamespace(operator_id="op1")],
            ami_password="the-ami-password-of-this-test",
            ari_password="the-ari-password-of-this-test",
        )
        (self.folder / "monitor").mkdir()
        self.recordings = self.folder / "monitor"
        self.queue_log = self.folder / "queue_log"
        self.queue_log.touch()
        self.cdr = self.folder / "cdr.csv"

    def password_of(self, phone: str) -> str:
        return f"password-of-the-phone-{phone}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


@pytest.fixture
def pbx(tmp_path: Path) -> NoPbx:
    return NoPbx(tmp_path)


def one_line(result: Finished, *named: str) -> None:
    """Exit code 2, and the last line names the thing; no traceback."""
    assert result.code == 2, result
    line = result.err.strip().splitlines()[-1]
    assert line.startswith("line102: ")
    assert "Traceback" not in result.err, result.err
    for name in named:
        assert name in line


async def test_an_unknown_setting(pbx: NoPbx, tmp_path: Path) -> None:
    file = write_settings(pbx, tmp_path, web_port=free_port(), extra="colour = 1")
    one_line(await line102(file, "run"), str(file), "recording.colour", "no such setting")


async def test_a_taken_port(pbx: NoPbx, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        file = write_settings(pbx, tmp_path, web_port=port)
        one_line(await line102(file, "run"), "web.port", str(port), "taken")


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda model: (model / "tokenizer.json").unlink(), "tokenizer.json"),
        (lambda model: (model / "model.bin").write_bytes(b"not a model"), "model.bin"),
        (lambda model: shutil.rmtree(model), "model"),
    ],
    ids=["a file missing", "a file corrupt", "the folder absent"],
)
async def test_a_model_that_cannot_be_loaded(
    pbx: NoPbx, tmp_path: Path, spoil: Callable[[Path], object], named: str
) -> None:
    model = tmp_path / "model"
    shutil.copytree(DEMO_MODEL, model, ignore=shutil.ignore_patterns("recipe"))
    spoil(model)
    extra = f'[transcription]\nmodel = "{model}"'
    file = write_settings(pbx, tmp_path, web_port=free_port(), extra=extra)
    one_line(await line102(file, "run"), named)
    one_line(await line102(file, "check-config"), named)


@pytest.mark.parametrize(
    ("section", "named"),
    [
        ('models = {kk = "nowhere/at-all"}', "transcription.models.kk"),
        ('second_pass = {model = "nowhere/at-all"}', "transcription.second_pass.model"),
        ('glossary = ["nowhere/at-all.ru.txt"]', "at-all.ru.txt"),
    ],
)
async def test_every_model_and_the_glossary_are_looked_at(pbx: NoPbx, tmp_path: Path, section: str, named: str) -> None:
    file = write_settings(pbx, tmp_path, web_port=free_port(), extra=f"[transcription]\n{section}\n")
    one_line(await line102(file, "check-config"), named)


@pytest.mark.parametrize(
    ("section", "setting", "written"),
    [
        ("[places]", "gazetteer", '{"kind": "volcano", "name": "Абая"}\n'),
        ("[help_line]", "knowledge", '[[entry]]\ntopic = "x"\n'),
    ],
)
async def test_a_file_of_ours_with_a_bad_line(
    pbx: NoPbx, tmp_path: Path, section: str, setting: str, written: str
) -> None:
    named = tmp_path / f"{setting}.txt"
    named.write_text(written, "utf-8")
    file = write_settings(pbx, tmp_path, web_port=free_port(), extra=f'{section}\n{setting} = "{named}"\n')
    await line102(file, "prompts", "make")
    one_line(await line102(file, "check-config"), str(named))


async def test_a_triage_model_that_is_not_there(pbx: NoPbx, tmp_path: Path) -> None:
    file = write_settings(pbx, tmp_path, web_port=free_port())
    text = file.read_text("utf-8").replace("[triage]", f'[triage]\nmodel = "{tmp_path / "nowhere"}"')
    file.write_text(text, "utf-8")
    one_line(await line102(file, "check-config"), "triage.model", "nowhere")


async def test_secrets_that_others_may_read(pbx: NoPbx, tmp_path: Path) -> None:
    file = write_settings(pbx, tmp_path, web_port=free_port())
    (tmp_path / "data" / "secrets.toml").chmod(0o644)
    one_line(await line102(file, "run"), "secrets.toml", "chmod 600")


@asynccontextmanager
async def running(file: Path, port: int) -> AsyncIterator[ServiceProcess]:
    service = ServiceProcess(file, port)
    await service.launch()
    try:
        yield service
    finally:
        await service.close()


async def test_two_services_on_one_data_folder(pbx: NoPbx, tmp_path: Path) -> None:
    port = free_port()
    async with running(write_settings(pbx, tmp_path, web_port=port), port):
        second = write_settings(pbx, tmp_path, web_port=free_port())
        one_line(await line102(second, "run"), "journal")


async def test_no_pbx_is_a_visible_state_and_not_an_end(pbx: NoPbx, tmp_path: Path) -> None:
    port = free_port()
    async with running(write_settings(pbx, tmp_path, web_port=port), port) as service:
        light = await service.light("pbx")
        assert not light["up"]
        assert str(pbx.values.ami_port) in light["why"]
        assert pbx.values.ami_password not in service.log


async def test_a_wrong_ami_password_is_named_and_not_hammered(pbx: NoPbx, tmp_path: Path) -> None:
    port = free_port()
    async with serving(FakeAmi(secret="another-password")) as asterisk:
        pbx.values.ami_port = asterisk.port
        async with running(write_settings(pbx, tmp_path, web_port=port), port) as service:
            light = await service.light("pbx")
            assert not light["up"]
            assert "`ami` in secrets.toml" in light["why"]
            assert asterisk.names().count("Login") == 1, "refused once: the next try is a minute away"


async def test_nothing_that_is_written_can_be_read_by_others(pbx: NoPbx, tmp_path: Path) -> None:
    port = free_port()
    async with running(write_settings(pbx, tmp_path, web_port=port), port) as service:
        await service.until(lambda: service.lit("store"))
        written = list((tmp_path / "data").rglob("*"))
        assert {"line102.db", "journal", "recordings", "sessions.json"} <= {path.name for path in written}
        open_to_others = [path for path in written if path.stat().st_mode & 0o007]
        assert open_to_others == []
