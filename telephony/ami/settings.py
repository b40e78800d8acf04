"""What an AMI connection needs to know, as constructor arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiSettings:
    """``ping_every`` is how long silence may last before we ask; only an unanswered Ping is a failure."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    password_setting: str = "`ami` in secrets.toml"  # how our errors name the password to the administrator  # noqa: S105
    connect_within: timedelta = timedelta(seconds=3)
    answer_within: timedelta = timedelta(seconds=5)  # each action's deadline, unless the call says otherwise
    ping_every: timedelta = timedelta(seconds=5)
    pong_within: timedelta = timedelta(seconds=3)
    event_capacity: int = 10_000  # events waiting for the consumer; one more closes the connection

    @property
    def where(self) -> str:
        return f"Asterisk's AMI at {self.host}:{self.port}"
