"""Sound to words, as the settings want it: the workers, and what listens by them live and afterwards. Builds only."""

from __future__ import annotations

from line102.adapters import glossary_of, pool_settings, second_pool_of
from line102.config import Settings
from line102.coverage import NEGLIGIBLE
from line102.second_pass import SecondPass
from transcription.catch_up import RecordingCatchUp, second_pass
from transcription.listener import StreamListener
from transcription.pool import WorkerPool
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel


class Recognition:
    """``second_pool`` None: there is no second pass. Whoever has this runs the pools."""

    def __init__(self, settings: Settings) -> None:
        """Raises BadSetting."""
        self.pool = WorkerPool(pool_settings(settings))
        self.second_pool = second_pool_of(settings)
        self._settings = settings
        self._speech = SpeechModel()
        self._correct = glossary_of(settings).correct

    def listener(self) -> StreamListener:
        return StreamListener(
            self.pool,
            self._speech,
            ListenerSettings(hole=NEGLIGIBLE),
            self.pool.pressure,
            longest_s=lambda: self.pool.state.longest_s,
            correct=self._correct,
        )

    def catch_up(self) -> RecordingCatchUp:
        return RecordingCatchUp(
            self.pool,
            self._speech,
            self._settings.recordings,
            longest_s=lambda: self.pool.state.longest_s,
            correct=self._correct,
        )

    def second_pass(self) -> SecondPass | None:
        pool = self.second_pool
        if pool is None:
            return None
        catch_up = RecordingCatchUp(
            pool,
            self._speech,
            self._settings.recordings,
            second_pass(self._settings.transcription.second_pass.beam_size),
            longest_s=lambda: pool.state.longest_s,
            correct=self._correct,
        )
        return SecondPass(catch_up=catch_up, model=lambda: pool.state.model)
