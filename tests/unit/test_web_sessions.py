"""Sessions and the brake on guessing, without a socket."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from line102.web import brake, sessions
from line102.web.brake import Brake, Trier
from line102.web.sessions import Sessions

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NO_WAIT = timedelta(0)


def test_each_session_has_its_own_token_and_its_own_end() -> None:
    held = Sessions(None)
    one, two = held.open("op1", "a", T0), held.open("op1", "a", T0 + timedelta(hours=1))
    assert one != two and len(one) >= 40
    late = T0 + sessions.LIFETIME
    assert held.of(one, late) is None
    assert (found := held.of(two, late)) is not None and found.account == "op1"
    assert held.of("", T0) is None


def test_a_full_table_drops_who_ends_first() -> None:
    held = Sessions(None)
    tokens = [held.open("op1", "a", T0 + timedelta(seconds=n)) for n in range(sessions.SESSIONS_KEPT + 1)]
    now = T0 + timedelta(hours=1)
    assert [held.of(token, now) is not None for token in tokens] == [False] + [True] * sessions.SESSIONS_KEPT


def test_an_account_is_signed_out_everywhere_but_here() -> None:
    held = Sessions(None)
    here, there, other = (held.open(name, "a", T0) for name in ("op1", "op1", "op2"))
    assert held.end_all("op1", but=here) == 1
    assert [held.of(token, T0) is not None for token in (here, there, other)] == [True, False, True]
    held.end(other)
    assert held.of(other, T0) is None


def test_who_is_signed_in_somewhere() -> None:
    held = Sessions(None)
    here, _, early = (held.open(name, "a", T0) for name in ("op1", "op1", "op2"))
    held.end(here)
    assert held.accounts(T0) == {"op1", "op2"}, "op1 is so elsewhere"
    late = T0 + sessions.LIFETIME
    held.of(early, late - timedelta(minutes=2))
    assert held.accounts(late) == {"op2"}, "in use, past its end"
    assert held.accounts(late + sessions.OVERRUN) == frozenset()


def test_when_somebody_was_last_seen() -> None:
    held = Sessions(None)
    token = held.open("op1", "a", T0)
    held.of(token, T0 + timedelta(minutes=5))
    assert held.last_seen("op1") == T0 + timedelta(minutes=5)
    assert held.last_seen("op2") is None


def test_what_was_written_down_is_read_again_without_a_token_in_it(tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    held = Sessions(file)
    token = held.open("op1", "192.0.2.1", T0)
    held.save()
    assert token not in file.read_text()
    assert Sessions(file).of(token, T0) == held.of(token, T0)


def test_a_disk_that_takes_nothing_costs_no_session(tmp_path: Path) -> None:
    held = Sessions(tmp_path / "file" / "sessions.json")
    (tmp_path / "file").write_text("a file where the folder should be")
    token = held.open("op1", "a", T0)
    held.save()
    assert held.of(token, T0) is not None


def test_a_session_in_use_runs_over_and_one_that_is_left_does_not() -> None:
    held = Sessions(None)
    used, left = held.open("op1", "a", T0), held.open("op2", "a", T0)
    end = T0 + sessions.LIFETIME
    assert held.of(used, end - timedelta(minutes=1)) is not None
    now = end
    while now < end + sessions.OVERRUN:
        assert held.of(used, now) is not None
        now += timedelta(minutes=2)
    assert held.of(used, end + sessions.OVERRUN) is None
    assert held.of(left, end) is None


def test_ten_wrong_tries_in_a_minute_close_that_address_only() -> None:
    door, here, there = Brake(), Trier(place="a", account="op1"), Trier(place="b", account="op1")
    for second in range(brake.TRIES):
        assert door.closed_for(here, T0 + timedelta(seconds=second)) == NO_WAIT
        door.note(here, T0 + timedelta(seconds=second))
    assert door.closed_for(Trier(place="a", account="op2"), T0 + timedelta(seconds=30)) == timedelta(seconds=30)
    assert door.closed_for(there, T0 + timedelta(seconds=30)) == NO_WAIT
    assert door.closed_for(here, T0 + timedelta(seconds=61)) == NO_WAIT


def test_a_stranger_with_many_addresses_locks_out_strangers_and_not_a_browser_that_is_known() -> None:
    door = Brake()
    for n in range(brake.ACCOUNT_TRIES):
        door.note(Trier(place=f"bot-{n}", account="op1"), T0)
    assert door.closed_for(Trier(place="bot-new", account="op1"), T0) == brake.ACCOUNT_WITHIN
    assert door.closed_for(Trier(place="known 1"), T0) == NO_WAIT
    assert door.closed_for(Trier(place="workplace", account="op2"), T0) == NO_WAIT


def test_who_is_right_is_not_counted() -> None:
    door, shift = Brake(), Trier(place="proxy", account="op1")
    for _ in range(3 * brake.ACCOUNT_TRIES):
        assert door.closed_for(shift, T0) == NO_WAIT
        door.note(shift, T0)
        door.was_right(shift)


def test_the_tables_are_bounded() -> None:
    door = Brake()
    for n in range(brake.KEPT + 5):
        door.note(Trier(place=str(n), account=str(n)), T0)
    for count in (door._places, door._accounts):
        assert len(count._times) == brake.KEPT
        assert "0" not in count._times


def test_a_shift_that_signs_in_at_once_is_written_down_whole(tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    held = Sessions(file)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads take turns in the middle of everything
    try:
        with ThreadPoolExecutor(4) as threads:
            saved = []
            for n in range(60):  # the table grows while others write it down
                for _ in range(10):
                    held.open(f"op{n}", "127.0.0.1", T0)
                saved.append(threads.submit(held.save))
            for one in saved:
                one.result()
    finally:
        sys.setswitchinterval(usual)
    assert [Sessions(file).end_all(f"op{n}") for n in range(60)] == [10] * 60
