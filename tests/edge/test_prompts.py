"""Prompts as files: made by espeak-ng, replaced by a recording, and looked for before a caller does."""

from __future__ import annotations

import io
import os
import stat
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from ivr.prompt_files import LONGEST, Origin, PromptFiles, missing_prompts
from ivr.prompts import LANGUAGES, Prompt
from ivr.sound import SAMPLE_RATE_HZ
from ivr.speech import Narrator, synthesise
from line102.__main__ import run


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sounds folder with every prompt; a test that changes one takes a copy."""
    sounds = tmp_path_factory.mktemp("made") / "sounds"
    before = os.umask(0o077)  # as the service runs
    try:
        PromptFiles(sounds).make_missing()
    finally:
        os.umask(before)
    return sounds


def tone(seconds: float, rate_hz: int, *, channels: int = 1, loud: float = 0.5) -> NDArray[np.float32]:
    """Not speech, but as loud: 300 Hz that comes and goes four times a second."""
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    wave = loud * np.sin(2 * np.pi * 300 * at) * (np.sin(2 * np.pi * 4 * at) > -0.5)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def line(data: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, output, errors of the command line102."""
    data.mkdir(exist_ok=True)
    settings = data / "line102.toml"
    settings.write_text(f'data_folder = "{data}"\n', encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    before = os.umask(0o022)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = run(["--config", str(settings), *words])
    finally:
        os.umask(before)
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("prompt", Prompt)
def test_each_prompt_is_what_a_telephone_plays(made: Path, prompt: Prompt, language: str) -> None:
    path = made / "line102" / language / f"{prompt.value}.wav"
    info = soundfile.info(str(path))
    assert (info.samplerate, info.channels, info.subtype) == (8000, 1, "PCM_16")
    assert 1.0 <= info.duration <= LONGEST.total_seconds()
    samples, _ = soundfile.read(path, dtype="float64")
    assert -26 <= 10 * np.log10(np.mean(samples**2)) <= -18
    assert np.abs(samples).max() < 0.95


def test_asterisk_may_read_what_the_service_makes(made: Path) -> None:
    for path in [made / "line102", *(made / "line102").rglob("*")]:
        needed = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
        assert path.stat().st_mode & needed == needed, path


def test_nothing_is_made_twice_and_a_missing_broken_or_outdated_one_again(tmp_path: Path) -> None:
    files = PromptFiles(tmp_path)
    assert len(missing_prompts(tmp_path)) == len(Prompt) * len(LANGUAGES)
    files.make_missing()
    assert missing_prompts(tmp_path) == [] and files.make_missing() == []
    files.path(Prompt.OFFER, "ru").unlink()
    files.path(Prompt.OFFER, "kk").write_bytes(b"RIFF")
    files.path(Prompt.OFFER, "en").with_suffix(".txt").write_text("An older text", encoding="utf-8")
    assert missing_prompts(tmp_path) == ["ru/offer", "kk/offer"]
    assert [(file.language, file.prompt) for file in files.make_missing()] == [
        (name, Prompt.OFFER) for name in LANGUAGES
    ]


@pytest.mark.parametrize(
    ("rate_hz", "channels", "suffix"), [(44100, 2, "wav"), (8000, 1, "wav"), (48000, 1, "flac"), (16000, 1, "ogg")]
)
def test_a_recording_takes_a_prompts_place(tmp_path: Path, rate_hz: int, channels: int, suffix: str) -> None:
    recording = tmp_path / f"greeting.{suffix}"
    silence = np.zeros((rate_hz, channels), dtype=np.float32)
    soundfile.write(recording, np.concatenate([silence, tone(3, rate_hz, channels=channels, loud=0.02)]), rate_hz)
    code, out, _ = line(tmp_path / "data", "prompts", "set", "offer", "kk", str(recording))
    assert code == 0 and "kk/offer" in out
    sounds = tmp_path / "data" / "pbx" / "sounds" / "line102"
    samples, rate = soundfile.read(sounds / "kk" / "offer.wav")
    assert rate == SAMPLE_RATE_HZ and 2.8 <= len(samples) / rate <= 3.3, "silence around it goes"
    assert -23 <= 10 * np.log10(np.mean(samples**2)) <= -19, "as loud as the others"
    assert (sounds / "uploaded" / "kk" / f"offer.{suffix}").read_bytes() == recording.read_bytes()


def test_a_recording_outlives_making_and_goes_with_reset(tmp_path: Path) -> None:
    recording = tmp_path / "offer.wav"
    soundfile.write(recording, tone(2, 8000), 8000)
    data = tmp_path / "data"
    assert line(data, "prompts", "set", "offer", "ru", str(recording))[0] == 0
    assert line(data, "prompts", "make")[0] == 0
    files = PromptFiles(data / "pbx" / "sounds")
    assert files.one(Prompt.OFFER, "ru").origin is Origin.UPLOADED
    files.path(Prompt.OFFER, "ru").unlink()
    files.make_missing()
    assert files.one(Prompt.OFFER, "ru").origin is Origin.UPLOADED
    assert soundfile.info(str(files.path(Prompt.OFFER, "ru"))).duration < 2.5, "made again from the recording"
    assert "uploaded  ru  offer" in line(data, "prompts")[1]
    assert line(data, "prompts", "reset", "offer", "ru")[0] == 0
    assert files.one(Prompt.OFFER, "ru").origin is Origin.MADE
    assert soundfile.info(str(files.path(Prompt.OFFER, "ru"))).duration > 5


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (tone(13, 8000), "speaks for 13"),
        (np.zeros((16000, 1), dtype=np.float32), "only silence"),
        (tone(2, 8000, loud=0.0005), "only silence"),
        (tone(0.02, 8000), "only silence"),
        (np.zeros((0, 1), dtype=np.float32), "only silence"),
        (np.full((16000, 1), np.nan, dtype=np.float32), "only silence"),
        (tone(130, 8000), "is 130 s long"),
        (b"not a sound", "is not a sound file"),
        (b"", "is not a sound file"),
        (None, "is not there"),
    ],
)
def test_a_recording_that_will_not_do_is_refused_in_one_line(tmp_path: Path, content: object, why: str) -> None:
    recording = tmp_path / "new.wav"
    if isinstance(content, bytes):
        recording.write_bytes(content)
    elif content is not None:
        soundfile.write(recording, content, 8000, subtype="FLOAT")
    code, _, err = line(tmp_path / "data", "prompts", "set", "offer", "ru", str(recording))
    assert code == 2 and why in err and err.count("\n") == 1
    assert list((tmp_path / "data").rglob("*.wav")) == []


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    code, _, err = line(tmp_path / "data", "prompts", "set", "offer", "ru", str(tmp_path))
    assert code == 2 and err.count("\n") == 1


def test_wrong_names_are_told_with_the_right_ones(tmp_path: Path) -> None:
    assert "self-service-greeting" in line(tmp_path, "prompts", "set", "ofer", "ru", "x.wav")[2]
    assert "ru, kk, en" in line(tmp_path, "prompts", "set", "offer", "de", "x.wav")[2]


def test_the_list_and_check_config_tell_of_missing_ones(tmp_path: Path) -> None:
    code, out, _ = line(tmp_path, "prompts")
    assert code == 1 and "missing   ru  offer" in out
    PromptFiles(tmp_path / "pbx" / "sounds").make_missing()
    (tmp_path / "pbx" / "sounds" / "line102" / "kk" / "goodbye.wav").unlink()
    code, _, err = line(tmp_path, "check-config")
    assert code == 2 and "kk/goodbye" in err and "line102 prompts make" in err


def test_an_answer_is_spoken_once(tmp_path: Path) -> None:
    narrator = Narrator(tmp_path)
    path = narrator.speak("Заявление можно подать письменно.", "ru")
    first = path.stat().st_mtime_ns
    assert narrator.speak("Заявление можно подать письменно.", "ru") == path
    assert path.stat().st_mtime_ns == first
    assert narrator.speak("Арызды жазбаша беруге болады.", "kk") != path
    name = narrator.sound_of("Заявление можно подать письменно.", "ru")
    assert (tmp_path / name).with_suffix(".wav") == path and name.startswith("line102/spoken/ru/")
    assert [one for one in tmp_path.rglob("*") if one.name.endswith(".partial")] == []


@pytest.mark.parametrize("text", ["-v en", "--help", "<speak>да</speak>", "a\x00b"])
def test_a_text_is_never_an_option_of_espeak(text: str) -> None:
    assert len(synthesise(text, "ru")) > 800


def test_the_knowledge_base_can_be_asked_from_the_terminal(tmp_path: Path) -> None:
    code, out, _ = line(tmp_path, "knowledge", "ask", "как", "мне", "подать", "заявление", "--language", "kk")
    assert code == 0 and out.startswith("file-statement") and "Арызды" in out
    assert line(tmp_path, "knowledge", "ask", "какая", "погода")[0] == 1
    assert "SAMPLES" in line(tmp_path, "knowledge", "check")[1]
    own = tmp_path / "own.toml"
    own.write_text('[[entry]]\ntopic = "x"\n', encoding="utf-8")
    code, _, err = line(tmp_path, "knowledge", "check", "--file", str(own))
    assert code == 2 and "entry 1 (x): questions.ru" in err
