"""A wrong setting is one line that names it and what to do."""

from pathlib import Path

import pytest

from line102.config import Settings, read_settings, setting_names, settings_from
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
