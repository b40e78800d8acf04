"""Bringing the tables to the form this program knows, at start and by ``line102 migrate``."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from line102.errors import BadSetting
from line102.store.engine import lock_for_migration, writing
from line102.store.errors import database_errors

_FOLDER = Path(__file__).with_name("migrations")


async def migrate(engine: AsyncEngine) -> str:
    """Apply what is missing, in one transaction, and return the revision. Safe to run from several processes at once.

    Raises Unreachable; BadSetting when a newer program has changed the tables.
    """
    async with database_errors(), writing(engine) as connection:
        await lock_for_migration(connection)
        return await connection.run_sync(_upgrade)


def newest_revision() -> str:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "migrations/ holds no revision"
    return head


def _upgrade(connection: Connection) -> str:
    head = newest_revision()
    found = MigrationContext.configure(connection).get_current_revision()
    if found == head:
        return head
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise BadSetting(
            "store.url",
            f"the database has revision {found!r}, which this program does not know",
            "Install the newer line102",
        ) from error
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config
