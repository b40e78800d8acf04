"""Secrets are made once, random, for their owner only; nothing prints them."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from line102.errors import BadSetting
from line102.secrets_file import read_or_make_secrets


def test_made_once_with_mode_0600(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secrets.toml"
    first = read_or_make_secrets(file, ("op1", "duty"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_or_make_secrets(file, ("op1", "duty")) == first
    assert len({first.ami, first.ari, first.metrics_key, *first.phones.values()}) == 5


def test_two_installations_share_nothing(tmp_path: Path) -> None:
    one = read_or_make_secrets(tmp_path / "a.toml", ("op1",))
    two = read_or_make_secrets(tmp_path / "b.toml", ("op1",))
    assert not {one.ami, one.ari, one.metrics_key} & {two.ami, two.ari, two.metrics_key}


def test_a_new_phone_gets_one_and_the_others_keep_theirs(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    first = read_or_make_secrets(file, ("op1",))
    second = read_or_make_secrets(file, ("op1", "op2"))
    assert second.phones["op1"] == first.phones["op1"]
    assert second.ami == first.ami
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    read_or_make_secrets(file, ())
    file.chmod(0o644)
    with pytest.raises(BadSetting, match="chmod 600"):
        read_or_make_secrets(file, ())


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    read_or_make_secrets(file, ())
    file.write_text('ami = "admin"\n', encoding="utf-8")
    with pytest.raises(BadSetting, match="ami"):
        read_or_make_secrets(file, ())


def test_a_secret_is_never_printed(tmp_path: Path) -> None:
    secrets = read_or_make_secrets(tmp_path / "secrets.toml", ("op1",))
    assert secrets.ami not in repr(secrets)
    assert secrets.phones["op1"] not in repr(secrets)


def test_a_password_that_an_administrator_wrote_survives_a_new_phone(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    own = 'sixteen "quoted" \\ letters'
    file.write_text(f"ami = '{own}'\n", encoding="utf-8")
    file.chmod(0o600)
    assert read_or_make_secrets(file, ("op1",)).ami == own
    assert read_or_make_secrets(file, ("op1", "op2")).ami == own


def test_commands_that_start_at_once_agree(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secrets.toml"
    with ThreadPoolExecutor(8) as many:
        made = list(many.map(lambda number: read_or_make_secrets(file, (f"op{number % 3}",)).ami, range(16)))
    assert len(set(made)) == 1
