"""What flags may lead to, per queue and language, and the gates that allow it. Folded from the ledger's own events.

Until the ledger has been read, and for every language nobody spoke of, the mode is ``shadow``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from line102.calls import CallId, QueueName
from line102.errors import Refused
from line102.events import CallCategorised, CallFlagged, LedgerEvent, ModeChanged
from line102.words import Label, Mode
from routing.gates import AUDITED_FLAGS, Gate
from routing.policy import mode_for

MACHINE = "line102"  # ``by`` of a change that a confirmed miss made
LANGUAGES = ("ru", "kk")
FLAGS_KEPT = 100_000  # flagged calls whose truth may still be told; beyond it the oldest is forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageMode:
    """One line of the supervisor's table."""

    queue: QueueName
    language: str
    mode: Mode
    gate: Gate
    changed: ModeChanged | None  # who and why, last


class ModeBook:
    """Not thread-safe: lives in the service's one event loop. ``needed``: audited flags without a miss per gate."""

    def __init__(self, queue: QueueName, needed: int = AUDITED_FLAGS) -> None:
        self._queue = queue
        self._needed = needed
        self._changes: dict[str, ModeChanged] = {}
        self._gates = {language: Gate(needed=needed) for language in (*LANGUAGES, "mix")}
        self._flagged: dict[CallId, CallFlagged] = {}
        self._told: dict[CallId, Label] = {}

    def take(self, event: LedgerEvent) -> None:
        """Fold one event in. The same one twice changes nothing."""
        match event:
            case ModeChanged(queue=queue, language=language) if queue == self._queue:
                known = self._changes.get(language)
                if known is None or event.at >= known.at:
                    self._changes[language] = event
            case CallFlagged(call_id=call_id) if call_id not in self._flagged:
                self._flagged[call_id] = event
                if len(self._flagged) > FLAGS_KEPT:
                    del self._flagged[next(iter(self._flagged))]
            case CallCategorised(call_id=call_id, label=label) if call_id in self._flagged:
                self._audit(call_id, label)
            case _:
                pass

    def take_all(self, events: Iterable[LedgerEvent]) -> None:
        for event in events:
            self.take(event)

    def mode(self, language: str) -> Mode:
        """Of a call in ``language`` ("mix": the more careful of the two)."""
        modes = {name: change.mode for name, change in self._changes.items() if self._gate_allows(name, change.mode)}
        return mode_for(language, modes)

    def table(self) -> list[LanguageMode]:
        return [
            LanguageMode(
                queue=self._queue,
                language=language,
                mode=self.mode(language),
                gate=self._gates[language],
                changed=self._changes.get(language),
            )
            for language in LANGUAGES
        ]

    def change(self, language: str, mode: Mode, *, by: str, reason: str, at: datetime) -> ModeChanged:
        """The event of a person's change, not taken in yet. Raises Refused: unknown language, or its gate is shut."""
        if language not in LANGUAGES:
            raise Refused(f"mode of language {language!r}", f"there are {', '.join(LANGUAGES)}")
        gate = self._gates[language]
        if not gate.allows(mode):
            raise Refused(
                f"mode {mode} for {language}",
                f"{gate.audited} of {gate.needed} flags were audited without a miss; go on in shadow until they are",
            )
        return ModeChanged(at=at, queue=self._queue, language=language, mode=mode, by=by, reason=reason)

    def drops(self, event: CallCategorised) -> list[ModeChanged]:
        """The drops to shadow that a confirmed miss causes: ask before ``take``. Empty when it is none."""
        flag = self._flagged.get(event.call_id)
        if flag is None or event.label is not Label.EMERGENCY or self._told.get(event.call_id) is Label.EMERGENCY:
            return []
        reason = f"call {event.call_id} was flagged a question and was an emergency"
        return self.drop(flag.language, reason, event.at)

    def drop(self, language: str, reason: str, at: datetime) -> list[ModeChanged]:
        """Back to shadow by the machine itself, for ``language`` ("mix": both); none where it is there already."""
        languages = LANGUAGES if language == "mix" else (language,)
        return [
            ModeChanged(at=at, queue=self._queue, language=name, mode=Mode.SHADOW, by=MACHINE, reason=reason)
            for name in languages
            if self.mode(name) is not Mode.SHADOW
        ]

    def unproven(self, at: datetime) -> list[ModeChanged]:
        """The drops of modes whose gate is shut now (another ``needed``, a demonstration's ledger): a gate that opens
        later must not bring back by itself what nobody decided anew.
        """
        return [
            ModeChanged(
                at=at, queue=self._queue, language=language, mode=Mode.SHADOW, by=MACHINE, reason="its gate is shut"
            )
            for language, change in self._changes.items()
            if change.mode is not Mode.SHADOW and not self._gate_allows(language, change.mode)
        ]

    def _gate_allows(self, language: str, mode: Mode) -> bool:
        return language in self._gates and self._gates[language].allows(mode)

    def _audit(self, call_id: CallId, label: Label) -> None:
        """A person's first word about a flagged call counts; a later one counts only when it makes it a miss."""
        if call_id in self._told and (label is not Label.EMERGENCY or self._told[call_id] is Label.EMERGENCY):
            return
        language = self._flagged[call_id].language
        for name in LANGUAGES if language == "mix" else (language,):
            if name in self._gates:
                self._gates[name] = self._gates[name].after(label)
        self._told[call_id] = label
