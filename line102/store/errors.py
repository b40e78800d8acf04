"""Which errors of a database mean that it is away, and which that one row is bad. The only place that knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from line102.errors import Unreachable

_BAD_DATA_STATES = ("22", "23")  # SQLSTATE classes: data exception, integrity constraint violation
_BAD_DATA_NAMES = frozenset({"IntegrityError", "DataError"})


def is_bad_data(error: BaseException) -> bool:
    """Whether the row, not the database, is at fault: trying again would fail again."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return False
        state = getattr(error.orig, "sqlstate", None)
        if isinstance(state, str):
            return state.startswith(_BAD_DATA_STATES)
        causes = {
            type(error).__name__,
            type(error.orig).__name__,
            type(getattr(error.orig, "__cause__", None)).__name__,
        }
        return bool(causes & _BAD_DATA_NAMES)
    cause = error.orig if isinstance(error, StatementError) else error
    return isinstance(cause, ValueError | TypeError | OverflowError)


def is_away(error: BaseException) -> bool:
    """Whether the database or its network is at fault: trying again may help."""
    return isinstance(error, _DATABASE_ERRORS) and not is_bad_data(error)


def why(error: BaseException) -> str:
    """One line without statement or parameters: those carry callers' words."""
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    text = str(cause).strip().splitlines()
    return f"{type(cause).__name__}: {text[0]}" if text else type(cause).__name__


_DATABASE_ERRORS = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


@asynccontextmanager
async def database_errors() -> AsyncIterator[None]:
    """Turn whatever the database or its network throws into Unreachable."""
    try:
        yield
    except _DATABASE_ERRORS as error:
        raise Unreachable("database", why(error)) from error
