"""The peers' engines, each as shipped and tuned in good faith. Runs in the peer's own environment:

    PEER_PYTHON -m bench.peers.engines --peer whisper-live --setting tuned --model DIR --socket PATH

"As shipped": the options its own server passes when the user names the model and nothing else. "Tuned": what its
documentation offers to make it faster, at the same words: greedy search, no fallback, no second voice activity pass
over windows that are speech already, and both cores for the model.
"""

from __future__ import annotations

import argparse
import copy
import os
import threading
from collections.abc import Callable
from typing import Any

from bench.peers.served import Audio, Engine, serve


def _threads(tuned: bool) -> int:
    """For CTranslate2: as shipped 0, its own default; tuned: what OMP_NUM_THREADS says, or both cores."""
    return int(os.environ.get("OMP_NUM_THREADS", "2")) if tuned else 0


class LockedFasterWhisper:
    """faster-whisper, one model behind one lock, as most servers in the field use it."""

    def __init__(self, model: str, *, tuned: bool) -> None:
        from faster_whisper import WhisperModel

        self.name = "faster-whisper"
        self._lock = threading.Lock()
        self._model = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=_threads(tuned))
        self._options: dict[str, Any] = (
            {"beam_size": 1, "temperature": 0.0, "without_timestamps": True} if tuned else {}
        )

    def transcribe(self, audio: Audio, language: str, wanted: Callable[[], bool]) -> str | None:
        with self._lock:
            if not wanted():
                return None
            segments, _ = self._model.transcribe(audio, language=language, **self._options)
            return "".join(segment.text for segment in segments)


class WhisperLiveBatches:
    """whisper-live 0.10.0 with --batch_inference: its own batch worker, its own requests."""

    def __init__(self, model: str, *, tuned: bool) -> None:
        from whisper_live.batch_inference import BatchInferenceWorker, BatchRequest, prepare_features  # type: ignore[import-not-found]
        from whisper_live.transcriber.transcriber_faster_whisper import WhisperModel  # type: ignore[import-not-found]

        self.name = "whisper-live"
        self._request, self._prepare = BatchRequest, prepare_features
        self._transcriber = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=_threads(tuned))
        # server.run's defaults; tuned: batches of 8 without a waiting time, because 2 cores gain nothing from more
        more = {"max_batch_size": 8, "batch_window_ms": 0} if tuned else {"max_batch_size": 16, "batch_window_ms": 50}
        self._worker = BatchInferenceWorker(self._transcriber, beam_size=1, temperature_fallback=False, **more)
        self._worker.start()
        self._voice_activity = not tuned

    def transcribe(self, audio: Audio, language: str, wanted: Callable[[], bool]) -> str | None:
        request = self._request(
            audio=audio,
            language=language,
            use_vad=self._voice_activity,
            vad_parameters={"threshold": 0.5} if self._voice_activity else None,
        )
        self._prepare(self._transcriber, request)
        if not wanted():
            return None
        self._worker.submit(request)
        request.future.wait()
        if request.error:
            raise request.error
        return " ".join(segment.text.strip() for segment in request.result)


class WhisperLiveKitAgreement:
    """whisperlivekit 0.2.26, LocalAgreement over faster-whisper: what each of its passes over the buffer costs.

    Beam 5 and word timestamps are fixed in its code; it needs the timestamps to agree on words.
    """

    def __init__(self, model: str, *, tuned: bool) -> None:
        from whisperlivekit.local_agreement.backends import FasterWhisperASR  # type: ignore[import-not-found]

        self.name = "whisperlivekit"
        self._asr = FasterWhisperASR(lan="auto", model_dir=model)
        self._model = self._asr.model
        self._tuned = tuned
        self._by_language: dict[str, Any] = {}
        if tuned:
            self._asr.transcribe_kargs["temperature"] = 0.0

    def transcribe(self, audio: Audio, language: str, wanted: Callable[[], bool]) -> str | None:
        if not wanted():
            return None
        asr = self._by_language.get(language)
        if asr is None:
            asr = copy.copy(self._asr)  # as its SessionASRProxy: the same model, the session's language
            asr.original_language = language
            self._by_language[language] = asr
        return "".join(word.text for word in asr.ts_words(asr.transcribe(audio)))


PEERS: dict[str, Callable[..., Engine]] = {
    "faster-whisper": LockedFasterWhisper,
    "whisper-live": WhisperLiveBatches,
    "whisperlivekit": WhisperLiveKitAgreement,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, choices=PEERS)
    parser.add_argument("--setting", required=True, choices=["shipped", "tuned"])
    parser.add_argument("--model", required=True)
    parser.add_argument("--socket", required=True)
    arguments = parser.parse_args()
    serve(PEERS[arguments.peer](arguments.model, tuned=arguments.setting == "tuned"), arguments.socket)


if __name__ == "__main__":
    main()
