"""Where utterances begin and end in one stream of audio. Pure: no clock, no I/O; it counts chunks.

Fed with one speech probability and level per 32 ms. An utterance [start, end) has a little audio before the first
speech and after the last; utterances never overlap, come in order, cover every chunk of speech and are never longer
than the limit: a longer one is cut where speech was least likely in its last 3 s. A sound too short to be speech is a
click: it is told too, so that nothing voice activity took for speech disappears.

Voice activity misses some voices on telephone lines, so it is not the only judge: sound well above the line's own
noise for more than a second is sent too, marked ``by_loudness``.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

SAMPLE_RATE_HZ = 16_000
CHUNK = 512  # samples: 32 ms at 16 kHz
CHUNKS_PER_SECOND = SAMPLE_RATE_HZ / CHUNK  # 31.25


def chunks(seconds: float) -> int:
    """Whole chunks of 32 ms in so many seconds, rounded."""
    return round(seconds * CHUNKS_PER_SECOND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """All lengths in seconds, levels in dB relative to full scale."""

    on: float = 0.5  # speech probability that begins an utterance
    off: float = 0.35  # and that keeps it going
    pre_roll_s: float = 0.3
    hangover_s: float = 0.5  # silence that ends an utterance
    tail_s: float = 0.25  # of that silence is kept in the utterance; after so much of it the end is guessed
    longest_s: float = 8.0
    dip_s: float = 3.0  # the last part of a too long utterance, in which the cut is looked for
    first_partial_s: float | None = 0.6  # after the first speech; None: neither partials nor guessed ends
    partial_every_s: float = 1.0
    least_speech_s: float = 0.1  # a shorter sound is a click; a quick "да" of 0.14 s gives 0.1 to 0.2 s
    loud_above_noise_db: float = 15.0
    loud_dbfs: float = -45.0  # never loud below this
    loud_s: float = 1.0  # loud for so long, within 1.5 times so long
    noise_rise_db_per_s: float = 2.0  # how fast the noise floor follows upwards; downwards at once


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    start: int  # samples at 16 kHz from the stream's beginning


@dataclass(frozen=True, slots=True)
class PartialDue:
    """[start, end) of an utterance that goes on."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PauseHeard:
    """Perhaps the end: if ``UtteranceEnded`` follows with the same end, then this was the whole of it. Else it went on
    and this was a partial whose last word is not cut."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class UtteranceEnded:
    start: int
    end: int
    speech: float  # mean speech probability of its speech chunks; of all its chunks when by_loudness
    by_loudness: bool


@dataclass(frozen=True, slots=True)
class ClickHeard:
    """A sound like speech, too short to be any."""

    start: int
    end: int
    speech: float


Event = SpeechBegan | PartialDue | PauseHeard | UtteranceEnded | ClickHeard


@dataclass(slots=True)
class _Utterance:
    start: int  # all in chunks
    seen: list[float]  # probability per chunk from start on
    last_active: int  # end of the last chunk that kept it going
    next_partial: int
    continues: bool  # the rest of one that was cut
    by_loudness: bool


class Segmenter:
    """One contiguous stream. After a hole in the audio: ``finish``, then a new one."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._now = 0  # chunks fed
        self._closed = 0  # end of the last utterance
        self._current: _Utterance | None = None
        self._noise_dbfs = -60.0
        self._probabilities: deque[float] = deque(
            maxlen=max(1 + chunks(limits.pre_roll_s), chunks(1.5 * limits.loud_s))
        )
        self._loud: deque[bool] = deque(maxlen=max(1, chunks(1.5 * limits.loud_s)))

    def feed(self, probability: float, level_dbfs: float) -> list[Event]:
        """The next 32 ms."""
        loud = self._is_loud(level_dbfs)
        self._probabilities.append(probability)
        self._loud.append(loud and probability < self.limits.on)
        self._now += 1
        if self._current is None:
            return self._begin(probability)
        return self._go_on(self._current, probability, loud)

    def finish(self) -> list[Event]:
        """The stream ended: close what is open."""
        if self._current is None:
            return []
        return self._close(self._current)

    def _is_loud(self, level: float) -> bool:
        rise = self.limits.noise_rise_db_per_s / CHUNKS_PER_SECOND
        self._noise_dbfs = max(min(level, self._noise_dbfs + rise), -65.0)
        return level > max(self._noise_dbfs + self.limits.loud_above_noise_db, self.limits.loud_dbfs)

    def _begin(self, probability: float) -> list[Event]:
        if probability >= self.limits.on:
            start = self._now - 1 - chunks(self.limits.pre_roll_s)
        elif sum(self._loud) >= chunks(self.limits.loud_s):
            start = self._now - len(self._loud) + self._loud.index(True)
        else:
            return []
        start = max(start, self._closed)
        count = self._now - start
        self._current = _Utterance(
            start=start,
            seen=list(self._probabilities)[-count:],
            last_active=self._now,
            next_partial=self._now + chunks(self.limits.first_partial_s or 0),
            continues=False,
            by_loudness=probability < self.limits.on,
        )
        return [SpeechBegan(start * CHUNK)]

    def _go_on(self, current: _Utterance, probability: float, loud: bool) -> list[Event]:
        current.seen.append(probability)
        if probability >= self.limits.on:
            current.by_loudness = False
        if probability >= self.limits.off or (current.by_loudness and loud):
            current.last_active = self._now
        if self._now - current.last_active >= chunks(self.limits.hangover_s):
            return self._close(current)
        if self._now - current.start >= chunks(self.limits.longest_s):
            return self._cut(current)
        if self.limits.first_partial_s is None or current.by_loudness:
            return []
        return self._early(current)

    def _early(self, current: _Utterance) -> list[Event]:
        """What can be sent before the end is known."""
        silent = self._now - current.last_active
        paused = silent == chunks(self.limits.tail_s)
        if not paused and (silent or self._now < current.next_partial):
            return []  # in a silence the pause, or speech again, comes soon
        if self._is_click(current, current.seen) or not self._has_speech(current.seen):
            return []
        current.next_partial = self._now + chunks(self.limits.partial_every_s)
        kind = PauseHeard if paused else PartialDue
        return [kind(current.start * CHUNK, self._now * CHUNK)]

    def _close(self, current: _Utterance) -> list[Event]:
        self._current = None
        self._loud.clear()
        end = min(self._now, current.last_active + chunks(self.limits.tail_s))
        return self._ended(current, end)

    def _cut(self, current: _Utterance) -> list[Event]:
        """End the utterance inside the chunk where speech was least likely; what follows goes on as the next one."""
        length = len(current.seen)
        first = max(length - chunks(self.limits.dip_s), length // 2, 1)
        keep = min(range(first, length), key=lambda i: (current.seen[i], -i))
        events = self._ended(current, current.start + keep)
        rest = current.seen[keep:]
        self._current = _Utterance(
            start=current.start + keep,
            seen=rest,
            last_active=max(current.last_active, current.start + keep),
            next_partial=max(self._now + 1, current.start + keep + chunks(self.limits.first_partial_s or 0)),
            continues=True,
            by_loudness=current.by_loudness,
        )
        return events

    def _ended(self, current: _Utterance, end: int) -> list[Event]:
        seen = current.seen[: end - current.start]
        if not self._has_speech(seen) and not current.by_loudness:
            return []  # the rest of one that was cut
        speech = [p for p in seen if p >= self.limits.off]
        self._closed = end
        mean = sum(speech) / len(speech) if speech and not current.by_loudness else sum(seen) / len(seen)
        if self._is_click(current, seen):
            return [ClickHeard(current.start * CHUNK, end * CHUNK, mean)]
        return [UtteranceEnded(current.start * CHUNK, end * CHUNK, mean, current.by_loudness)]

    def _is_click(self, current: _Utterance, seen: list[float]) -> bool:
        """The rest of an utterance that was cut is none, however short: words went before."""
        if current.by_loudness or current.continues:
            return False
        return sum(p >= self.limits.off for p in seen) < chunks(self.limits.least_speech_s)

    def _has_speech(self, seen: list[float]) -> bool:
        return any(p >= self.limits.off for p in seen)
