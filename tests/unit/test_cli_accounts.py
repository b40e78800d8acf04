"""``line102 accounts`` on a data folder of its own: who can sign in afterwards."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from line102.__main__ import run
from line102.account_file import AccountFile
from line102.accounts import LinkKind
from line102.passwords import digest_of, matches
from line102.roles import Role


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "line102.toml"
    file.write_text(f'data_folder = "{tmp_path}"\n[pbx]\noperators = ["op1", "op2"]\n', encoding="utf-8")
    return file


def accounts(settings: Path, *words: str) -> int:
    return run(["--config", str(settings), "accounts", *words])


def test_add_prints_a_link_by_which_a_password_is_chosen(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("aigul", "--roles", "operator,supervisor", "--seat", "op1", "--language", "kk", "--phone", "desk")
    assert accounts(settings, "add", *asked) == 0
    once = re.search(r"/enter\?once=(\S+)", capsys.readouterr().out)
    book = AccountFile(settings.parent / "accounts.json").book
    assert once is not None and once[1] not in (settings.parent / "accounts.json").read_text()
    link = book.link(digest_of(once[1]), datetime.now(UTC))
    assert link is not None and (link.kind, link.account) == (LinkKind.PASSWORD, "aigul")
    aigul = book.get("aigul")
    assert (aigul.roles, aigul.operator, aigul.language, aigul.phone, aigul.password) == (
        (Role.OPERATOR, Role.SUPERVISOR),
        "op1",
        "kk",
        "desk",
        None,
    )


def test_a_given_password_must_be_changed(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts(settings, "add", "aigul")
    monkeypatch.setattr("sys.stdin", io.StringIO("құпия сөз 102\n"))
    assert accounts(settings, "password", "aigul") == 0
    aigul = AccountFile(settings.parent / "accounts.json").book.get("aigul")
    assert matches(aigul.password, "құпия сөз 102") and aigul.must_change


def test_close_open_and_list(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert accounts(settings) == 0
    assert "Nobody yet" in capsys.readouterr().out
    accounts(settings, "add", "aigul")
    for action, said in (("disable", "closed"), ("enable", "no password yet")):
        assert accounts(settings, action, "aigul") == 0
        capsys.readouterr()
        assert accounts(settings, "list") == 0
        assert re.search(rf"^aigul +operator .*{said}$", capsys.readouterr().out, re.M)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "aigul", "--seat", "op9"), "op1, op2"),
        (("add", "aigul", "--roles", "king"), "operator, supervisor, administrator"),
        (("add", "Айгуль"), "small letters"),
        (("link", "nobody"), "no account nobody"),
        (("disable", "nobody"), "no account nobody"),
        (("password", "nobody"), "no account nobody"),
    ],
)
def test_what_cannot_be_says_why(
    settings: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert accounts(settings, *words) == 2
    assert said in capsys.readouterr().err
    assert AccountFile(settings.parent / "accounts.json").book.accounts == {}
