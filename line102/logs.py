"""How the service writes its log: one line an event, constant message, data beside it, nothing personal.

Keys that begin with ``pii`` (numbers, names, words of callers) are masked here, whoever wrote them.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

_MASK = "‹hidden›"


def configure_logs(*, verbose: bool = False) -> None:
    """To standard error: readable lines on a terminal, JSON elsewhere. Call once, at the start of a process."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_personal,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)  # its every step is no news
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)


def mask_personal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask every value whose key begins with ``pii``."""
    return {key: _MASK if key.startswith("pii") else value for key, value in event.items()}
