"""Sessions and the brake on guessing, without a socket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from line102.web import sessions
from line102.web.sessions import Sessions, WrongKeys

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_each_session_has_its_own_token_and_its_own_end() -> None:
    held = Sessions("key", None)
    one, two = held.open(T0), held.open(T0 + timedelta(days=1))
    assert one != two and len(one) >= 40
    late = T0 + sessions.LIFETIME
    assert not held.is_open(one, late)
    assert held.is_open(two, late)
    assert not held.is_open("", T0)


def test_a_full_table_drops_who_ends_first() -> None:
    held = Sessions("key", None)
    tokens = [held.open(T0 + timedelta(seconds=n)) for n in range(sessions.SESSIONS_KEPT + 1)]
    now = T0 + timedelta(minutes=30)
    assert [held.is_open(token, now) for token in tokens] == [False] + [True] * sessions.SESSIONS_KEPT


def test_the_key_is_compared_whole_and_takes_any_text() -> None:
    held = Sessions("ключ-key", None)
    assert held.key_matches("ключ-key")
    for wrong in ("", "ключ", "ключ-key ", "\ud800", "ключ-kez"):
        assert not held.key_matches(wrong)


def test_a_disk_that_takes_nothing_costs_no_session(tmp_path: Path) -> None:
    held = Sessions("key", tmp_path / "file" / "sessions.json")
    (tmp_path / "file").write_text("a file where the folder should be")
    token = held.open(T0)
    held.save()
    assert held.is_open(token, T0)


def test_ten_wrong_keys_in_a_minute_close_the_door_for_that_address_only() -> None:
    wrong = WrongKeys()
    for second in range(10):
        assert not wrong.closed("a", T0 + timedelta(seconds=second))
        wrong.note("a", T0 + timedelta(seconds=second))
    assert wrong.closed("a", T0 + timedelta(seconds=30))
    assert not wrong.closed("b", T0 + timedelta(seconds=30))
    assert not wrong.closed("a", T0 + timedelta(seconds=61))


def test_the_table_of_addresses_is_bounded() -> None:
    wrong = WrongKeys()
    for n in range(sessions.ADDRESSES_KEPT + 5):
        wrong.note(str(n), T0)
    assert len(wrong._times) == sessions.ADDRESSES_KEPT
    assert "0" not in wrong._times
