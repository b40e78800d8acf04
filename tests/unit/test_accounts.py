"""Accounts, links and roles: what may be, and the file they lie in."""

from __future__ import annotations

import json
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.account_file import AccountFile
from line102.accounts import LINKS_KEPT, Account, AccountBook, AccountRefused, Link, LinkKind, why_weak
from line102.errors import BadSetting
from line102.passwords import digest_of, hashed, matches, new_token
from line102.roles import Permission, Role, permissions_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADMIN = Account(name="admin", display_name="A", roles=(Role.ADMINISTRATOR,))
OPERATOR = Account(name="op", display_name="O", roles=(Role.OPERATOR,), operator="op1")


def link(token: str, minutes: float = 15) -> Link:
    return Link(digest=digest_of(token), kind=LinkKind.PASSWORD, account="op", until=NOW + timedelta(minutes=minutes))


@given(st.sets(st.sampled_from(Role), min_size=1))
def test_more_roles_never_allow_less_and_everybody_has_their_own_session(roles: set[Role]) -> None:
    allowed = permissions_of(roles)
    assert Permission.OWN in allowed
    assert all(permissions_of([role]) <= allowed for role in roles)
    assert (Permission.ACCOUNTS in allowed) is (Role.ADMINISTRATOR in roles)
    assert (Permission.SEAT in allowed) is (Role.OPERATOR in roles)
    assert Permission.LISTEN not in permissions_of([Role.ADMINISTRATOR])


def test_the_last_administrator_stays() -> None:
    book = AccountBook().add(ADMIN).add(OPERATOR)
    for what in ({"disabled": True}, {"roles": ("operator",)}):
        with pytest.raises(AccountRefused) as refused:
            book.change("admin", **what)
        assert refused.value.code == "last_administrator"
    second = book.change("op", roles=("operator", "administrator"))
    assert second.change("admin", disabled=True).has_administrator


def test_a_name_is_there_once_and_an_unknown_one_is_told() -> None:
    with pytest.raises(AccountRefused, match="admin already"):
        AccountBook().add(ADMIN).add(ADMIN)
    with pytest.raises(AccountRefused) as gone:
        AccountBook().change("nobody", disabled=True)
    assert gone.value.code == "gone"


def test_a_link_works_once_and_not_too_late() -> None:
    book = AccountBook().add(OPERATOR).open_link(link("a"), NOW)
    used, found = book.use_link(digest_of("a"), NOW)
    assert found.account == "op"
    for which, digest, at in (
        (used, digest_of("a"), NOW),
        (book, digest_of("b"), NOW),
        (book, digest_of("a"), NOW + timedelta(minutes=15)),
    ):
        with pytest.raises(AccountRefused):
            which.use_link(digest, at)


def test_links_are_bounded_and_the_newest_stays() -> None:
    book = AccountBook()
    for n in range(LINKS_KEPT + 10):
        book = book.open_link(link(str(n), minutes=1 + n), NOW)
    assert len(book.links) == LINKS_KEPT
    assert book.link(digest_of(str(LINKS_KEPT + 9)), NOW) is not None
    assert book.link(digest_of("0"), NOW) is None


@pytest.mark.parametrize(
    ("password", "weak"),
    [("short", True), ("aaaaaaaaaaaa", True), ("x" * 300, True), ("i-am-op1-here", True), ("құпия сөз 102!", False)],
)
def test_a_weak_password_says_why(password: str, weak: bool) -> None:
    assert bool(why_weak(password, "op1")) is weak


def test_a_password_is_kept_as_argon2id_and_nobodys_is_never_right() -> None:
    kept = hashed("құпия сөз 102")
    assert kept.startswith("$argon2id$")
    assert matches(kept, "құпия сөз 102")
    for wrong in ("", "құпия сөз 103", "\0"):
        assert not matches(kept, wrong)
    assert not matches(None, "anything")
    assert not matches("not a hash", "anything")


def test_the_file_is_private_whole_and_seen_by_others(tmp_path: Path) -> None:
    ours, theirs = AccountFile(tmp_path / "accounts.json"), AccountFile(tmp_path / "accounts.json")
    ours.change(lambda book: book.add(ADMIN))
    assert (tmp_path / "accounts.json").stat().st_mode & 0o777 == 0o600
    assert theirs.book == ours.book and theirs.book.has_administrator


def test_a_refused_change_writes_nothing(tmp_path: Path) -> None:
    accounts = AccountFile(tmp_path / "accounts.json")
    accounts.change(lambda book: book.add(ADMIN))
    before = (tmp_path / "accounts.json").read_bytes()
    with pytest.raises(AccountRefused):
        accounts.change(lambda book: book.add(ADMIN))
    assert (tmp_path / "accounts.json").read_bytes() == before


def _add(file: Path, first: int) -> None:
    accounts = AccountFile(file)
    for n in range(first, first + 20):
        accounts.change(lambda book, n=n: book.add(OPERATOR.model_copy(update={"name": f"op-{n}"})))  # type: ignore[misc]


def test_two_processes_lose_nothing_to_each_other(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=_add, args=(file, first)) for first in (0, 20)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
        assert one.exitcode == 0
    assert len(AccountFile(file).book.accounts) == 40


def test_threads_of_one_service_lose_nothing_to_each_other(tmp_path: Path) -> None:
    """Requests look and change at once, through one object: a change must never begin from a book of before."""
    accounts, done = AccountFile(tmp_path / "accounts.json"), Event()

    def add(n: int) -> None:
        accounts.change(lambda book: book.add(OPERATOR.model_copy(update={"name": f"op-{n}"})))

    def look() -> None:
        while not done.is_set():
            assert accounts.book.accounts.keys() <= {f"op-{n}" for n in range(120)}

    with ThreadPoolExecutor(8) as threads:
        looking = [threads.submit(look) for _ in range(4)]
        try:
            list(threads.map(add, range(120), timeout=60))
        finally:
            done.set()
        for one in looking:
            one.result()
    assert len(accounts.book.accounts) == 120


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "its beginning"), ('{"accounts": {"a": {"name": "a"}}}', "accounts.a"), ('{"more": 1}', "more")],
)
def test_a_broken_file_stops_a_start_and_not_a_service(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "accounts.json"
    running = AccountFile(file)
    running.change(lambda book: book.add(ADMIN))
    file.write_text(text)
    with pytest.raises(BadSetting, match="is broken") as wrong:
        AccountFile(file)
    assert said in str(wrong.value)
    assert running.book.has_administrator, "whoever is signed in stays so"
    file.write_text(json.dumps({"accounts": {}, "links": []}))
    assert running.book.accounts == {}


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    AccountFile(file).change(lambda book: book.add(ADMIN))
    file.chmod(0o644)
    with pytest.raises(BadSetting, match="chmod 600"):
        AccountFile(file)


def test_tokens_are_long_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100 and min(map(len, tokens)) >= 40
