"""What was decided about a call and what came of it, as lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from line102.ports import CallStory
from line102.words import Mode, PlaceCandidate, Urgency

Moment = tuple[datetime, str]


def standing(story: CallStory) -> Iterator[str]:
    """What holds of the call as a whole."""
    decided = story.decisions
    if decided.urgency is not Urgency.NORMAL:
        because = f"because of «{decided.urgent_words}»" if decided.urgent_words else "because nobody spoke"
        yield f"urgency   {decided.urgency.name.lower()} {because}; priority {story.record.priority}"
    if decided.flag is not None:
        shown = "shadow: recorded only" if decided.flag.mode is Mode.SHADOW else f"mode {decided.flag.mode}"
        fate = f"; dropped: {decided.flag.dropped}" if decided.flag.dropped else ""
        yield f"flagged   a question, {decided.flag.confidence:.2f} in {decided.flag.language} ({shown}){fate}"
    for place in decided.places:
        yield f"place     {_named(place)}  {place.score:.2f} because of «{place.words}»"
    if decided.category is not None:
        category = f" · {decided.category.category}" if decided.category.category else ""
        yield f"category  {decided.category.label}{category}, says {decided.category.by}"


def moments(story: CallStory) -> Iterator[Moment]:
    """What happened on the way to the help line, at it, and back."""
    decided, record = story.decisions, story.record
    if decided.flag is not None:
        yield decided.flag.at, "flagged a question"
        if decided.flag.decided is not None:
            said = decided.flag.decided
            reason = f": {said.reason}" if said.reason else ""
            yield said.at, f"{said.by} {'accepted' if said.accepted else 'refused'} the flag{reason}"
    if decided.offer is not None:
        yield decided.offer.at, f"was offered the help line, in {decided.offer.language}"
        if decided.offer.ended is not None:
            words = f" «{decided.offer.ended.words}»" if decided.offer.ended.words else ""
            yield decided.offer.ended.at, f"offer ended: {decided.offer.ended.how}{words}"
    if record.sent_at is not None:
        yield record.sent_at, "sent to the help line"
    for turn in decided.turns:
        yield turn.at, f"self-service heard «{turn.heard}»: {turn.topic or 'nothing fits'}"
    if record.served_at is not None:
        yield record.served_at, "heard a whole answer"
    if decided.help_line_left is not None:
        yield decided.help_line_left.at, f"back to 102: {decided.help_line_left.why}"


def _named(place: PlaceCandidate) -> str:
    return f"{place.name} {place.house}".strip()
