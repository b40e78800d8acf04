"""What the ARI client must be told. Given by the application; nothing is read from here."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class AriSettings:
    user: str
    password: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8188
    app: str = "line102"  # the Stasis application that snoop and media channels enter; a caller's channel never does
    password_setting: str = "`ari` in secrets.toml"  # how our errors name the password to the administrator  # noqa: S105
    deadline: timedelta = timedelta(seconds=5)  # of one request
    ping_every: timedelta = timedelta(seconds=10)  # websocket pings; unanswered within half of it = dead

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def authorization(self) -> str:
        """The value of the Authorization header (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")
