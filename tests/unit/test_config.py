"""A wrong setting is one line that names it and what to do."""

from pathlib import Path

import pytest

from line102.config import Settings, is_worker_address, read_settings, setting_names, settings_from
from line102.errors import BadSetting


def test_the_defaults_are_whole() -> None:
    settings = Settings()
    assert settings.store_url.startswith("sqlite:///")
    assert settings.monitor_folder.is_absolute()
    assert not settings.triage.show_shadow_flags, "shadow means shown to nobody"
    assert settings.web.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("values", "named", "said"),
    [
        ({"pbx": {"ami_prot": 5038}}, "pbx.ami_prot", "did you mean pbx.ami_port?"),
        ({"web": {"port": 70000}}, "web.port", "70000"),
        ({"pbx": {"operators": ["op1", "op1"]}}, "pbx", "twice"),
        ({"pbx": {"operators": ["op 1; core stop"]}}, "pbx.operators", "pattern"),
        ({"pbx": {"embedded": False}}, "pbx", "monitor_folder"),
        ({"store": {"url": "mysql://x"}}, "store.url", "postgresql:"),
        ({"transcription": {"device": "gpu"}}, "transcription.device", "cuda"),
        ({"transcription": {"models": {"de": "x"}}}, "transcription.models", "'de' is not in transcription.languages"),
        ({"transcription": {"models": {"kk": ""}}}, "transcription.models", "kk names no model"),
        ({"transcription": {"models": {"kk": 5}}}, "transcription.models.kk", "string"),
        ({"transcription": {"languages": []}}, "transcription.languages", "at least 1"),
        ({"transcription": {"languages": ["ru", "ru"]}}, "transcription.languages", "twice"),
        ({"transcription": {"languages": ["russian"]}}, "transcription.languages", "pattern"),
        ({"transcription": {"workers": 0}}, "transcription.workers", "0 needs worker_addresses"),
        ({"transcription": {"workers": -1}}, "transcription.workers", "-1"),
        ({"transcription": {"worker_addresses": ["gpu1:7102"]}}, "transcription.worker_addresses", "'gpu1:7102' is no"),
        ({"transcription": {"batch": 0}}, "transcription.batch", "greater than or equal to 1"),
        ({"transcription": {"second_pass": {"beam": 3}}}, "transcription.second_pass.beam", "second_pass.beam_size?"),
        ({"transcription": {"second_pass": {"beam_size": 0}}}, "transcription.second_pass.beam_size", "it is 0"),
        ({"transcription": {"second_pass": "big"}}, "transcription.second_pass", "big"),
        ({"node": "two words"}, "node", "pattern"),
        ({"colour": "red"}, "colour", "no such setting"),
    ],
)
def test_a_wrong_setting_is_named(values: dict[str, object], named: str, said: str) -> None:
    with pytest.raises(BadSetting) as caught:
        settings_from(values, "line102.toml")
    line = str(caught.value)
    assert line.startswith(f"line102.toml: {named}")
    assert said in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("content", "said"), [(b"node = ", "not valid TOML"), (b"\xff\xfe", "not valid TOML"), (None, "cannot be read")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "x.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadSetting, match=said) as caught:
        read_settings(file)
    assert str(file) in str(caught.value)


def test_every_setting_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    missing = [name for name in setting_names() if f"`{name}`" not in text]
    assert missing == []


@pytest.mark.parametrize(
    "address", ["unix:/run/w.sock", "tcp:127.0.0.1:7102", "tcp:gpu-1.example:1", "tcp:[::1]:65535", "tcp:localhost:80"]
)
def test_an_address_of_a_worker(address: str) -> None:
    settings = settings_from({"transcription": {"workers": 0, "worker_addresses": [address]}}, "line102.toml")
    assert settings.transcription.worker_addresses == (address,)


@pytest.mark.parametrize(
    "address",
    [
        *("", "unix:", "unix:w.sock", "unix:/" + "x" * 110, "tcp:", "tcp::7102", "tcp:host", "tcp:host:", "tcp:host:0"),
        *("tcp:host:65536", "tcp:host:x", "tcp:::1:80", "tcp:[]:80", "tcp:a b:80", "tcp:h/x:80", "http:host:80"),
        "tcp:host:\u0663",
    ],
)
def test_what_is_no_address(address: str) -> None:
    assert not is_worker_address(address)
