"""One root error, one branch per remedy.

    Line102Error
    ├─ Unreachable      the other side is away: retry, with a visible state
    ├─ Refused          the other side said no: tell the person; retrying does not help
    ├─ Gone             the caller or the thing is no longer there: normal
    ├─ ProtocolViolation  somebody breaks the protocol: report a bug
    └─ BadSetting       a setting, file or folder is wrong: one line, exit code 2

Errors carry ids and names, never a caller's number or words.
"""

from __future__ import annotations


class Line102Error(Exception):
    """Root of everything this project raises on purpose."""


class Unreachable(Line102Error):
    """``what`` could not be reached: retry."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} is unreachable: {why}")
        self.what = what
        self.why = why


class Refused(Line102Error):
    """``what`` answered no, and would again."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} refused: {why}")
        self.what = what
        self.why = why


class Gone(Line102Error):
    """``what`` is not there any more (a caller hung up). Normal."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is gone")
        self.what = what


class ProtocolViolation(Line102Error):
    """``what`` broke its own protocol."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} broke the protocol: {why}")
        self.what = what
        self.why = why


class BadSetting(Line102Error):
    """``setting`` (or file) is wrong; ``remedy`` says what to do. Printed as one line; exit code 2."""

    def __init__(self, setting: str, why: str, remedy: str) -> None:
        super().__init__(f"{setting}: {why}. {remedy}")
        self.setting = setting
        self.why = why
        self.remedy = remedy
