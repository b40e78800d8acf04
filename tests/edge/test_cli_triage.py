"""``line102 triage`` as an administrator runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from line102.__main__ import run
from line102.words import Label
from routing.model_files import SHIPPED

FIGURES = {
    "recall",
    "emergency_flagged_informational",
    "non_urgent_flagged_informational",
    "silent_flagged_informational",
    "nuisance_flagged_informational",
    "informational_flagged_share",
    "emergency_raised_share",
    "raised_share_of_others",
    "milliseconds",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, *lines: dict[str, object], name: str = "lines.jsonl") -> Path:
    file = folder / name
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return file


DANGER: dict[str, object] = {"id": "a", "text": "помогите он с ножом", "lang": "ru", "label": "EMERGENCY"}
QUESTION: dict[str, object] = {"text": "анықтаманы қайдан аламын", "lang": "kk", "label": "INFORMATIONAL"}


def test_one_json_object_per_language_and_in_all(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["triage", "evaluate", str(written(here, DANGER, QUESTION))]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"all", "ru", "kk"} <= set(told)
    assert set(told["all"]) >= FIGURES
    assert told["all"]["emergency_raised_share"]["share"] == 1.0
    assert told["load_milliseconds"] > 0


def test_the_trace_tells_decision_evidence_and_vetoes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["triage", "evaluate", str(written(here, DANGER, QUESTION)), "--trace", "--asr-noise", "0.0"]) == 0
    traced = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [one["id"] for one in traced] == ["a", "2"]
    assert traced[0]["urgency"] == "DANGER"
    assert "danger words" in traced[0]["vetoes"]
    assert traced[0]["evidence"][0]["words"] == "помогите"


def test_errors_are_simulated_alike_each_time(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(here, *({**DANGER, "id": str(n), "text": f"где взять справку о несудимости {n}"} for n in range(9)))
    texts = []
    for _ in range(2):
        assert run(["triage", "evaluate", str(file), "--trace", "--asr-noise", "0.5"]) == 0
        texts.append([json.loads(line)["text"] for line in capsys.readouterr().err.splitlines()])
    assert texts[0] == texts[1]
    assert texts[0] != [f"где взять справку о несудимости {n}" for n in range(9)]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "not JSON"),
        ('{"text": "алло", "lang": "ru", "label": "URGENT"}', "unknown label"),
        ('{"text": "алло", "lang": "de", "label": "NUISANCE"}', "unknown lang"),
        ('{"lang": "ru", "label": "NUISANCE"}', "text is missing"),
    ],
)
def test_a_bad_line_is_one_line_with_its_place(
    here: Path, capsys: pytest.CaptureFixture[str], bad: str, said: str
) -> None:
    file = here / "bad.jsonl"
    file.write_text(json.dumps(DANGER, ensure_ascii=False) + "\n" + bad + "\n", encoding="utf-8")
    assert run(["triage", "evaluate", str(file)]) == 2
    told = capsys.readouterr().err
    assert f"{file}:2" in told
    assert said in told
    assert told.count("\n") == 1


def test_a_file_or_a_model_that_is_not_there_is_said_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["triage", "evaluate", str(here / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err
    assert run(["triage", "evaluate", str(written(here, DANGER)), "--model", str(here / "none")]) == 2
    assert "holds no model" in capsys.readouterr().err


def few_lines(folder: Path, *, gate: bool) -> Path:
    """A handful of lines of every label: enough to train on, far from enough to be taken."""
    lines: list[dict[str, object]] = []
    for label in Label:
        for n in range(8):
            text = f"{label.value.lower()} слово {'проверка' if gate else 'учёба'} номер {n} адрес отдела"
            lines.append(
                {"id": f"{label}{n}", "text": text, "lang": "ru", "label": label.value, "category": "x", "hard": False}
            )
    return written(folder, *lines, name=f"{'gate' if gate else 'data'}.jsonl")


def test_a_model_that_is_worse_is_refused_with_the_reason(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It learned that a broken gate is a question; the shipped one knows better."""
    learned = [
        {"id": f"q{n}", "text": f"толпа ворота снесла детей давят {word}", "lang": "ru", "label": "INFORMATIONAL"}
        for n, word in enumerate(["утром", "днём", "вечером", "ночью", "вчера", "завтра", "летом", "зимой"])
    ]
    data = [few_lines(here, gate=False), written(here, *({**one, "category": "x"} for one in learned), name="q.jsonl")]
    judged = {"id": "g", "text": "толпа ворота снесла детей давят", "lang": "ru", "label": "EMERGENCY", "category": "x"}
    gate, out = written(here, judged, name="gate.jsonl"), here / "new"
    assert run(["triage", "train", "--data", *map(str, data), "--gate", str(gate), "--out", str(out)]) == 1
    told = capsys.readouterr().err
    assert "is not taken: at 0% word errors" in told
    assert "raises 0.0% of the emergencies, the current model 100.0%" in told
    assert not out.exists()


def test_a_model_that_is_as_good_is_written_with_its_sheet(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = few_lines(here, gate=False), here / "new"
    gate = written(here, DANGER | {"category": "x"}, name="gate.jsonl")
    assert run(["triage", "train", "--data", str(data), "--gate", str(gate), "--out", str(out)]) == 0
    sheet = json.loads((out / "model.json").read_text())
    assert sheet["lines"] == 40
    assert sheet["gate"]["0.25"]["flagged_by_mistake"] == {"EMERGENCY": 0, "NON_URGENT": 0, "SILENT_OR_UNCLEAR": 0}
    assert sheet["arrays_sha256"][:8] in capsys.readouterr().out
    assert run(["triage", "evaluate", str(gate), "--model", str(out)]) == 0


def test_lines_that_are_learned_from_cannot_judge(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = few_lines(here, gate=False)
    assert run(["triage", "train", "--data", str(data), "--gate", str(data), "--out", str(here / "new")]) == 2
    assert "learned from" in capsys.readouterr().err


def test_too_few_lines_of_a_label_are_said_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = written(here, DANGER | {"category": "x"}, name="data.jsonl")
    gate = few_lines(here, gate=True)
    assert run(["triage", "train", "--data", str(data), "--gate", str(gate), "--out", str(here / "new")]) == 2
    assert "fewer than" in capsys.readouterr().err


def test_the_shipped_model_is_there() -> None:
    assert (SHIPPED / "model.json").exists()
