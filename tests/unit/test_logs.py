"""Nothing personal reaches the log, through either door."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from line102.logs import configure_logs


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers, root.level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs()
    yield stream
    root.handlers, root.level = before
    structlog.reset_defaults()


def test_personal_values_are_masked_and_the_rest_is_kept(written: io.StringIO) -> None:
    structlog.get_logger().info("call_offered", call_id="pbx-1.1", pii_number="77010000001")
    logging.getLogger("telephony").warning("tap lost", extra={"call_id": "pbx-1.2", "pii_words": "помогите"})
    text = written.getvalue()
    assert "pbx-1.1" in text
    assert "pbx-1.2" in text
    assert "77010000001" not in text
    assert "помогите" not in text
