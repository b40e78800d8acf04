"""``line102 places``: a gazetteer made of an extract, and the evaluation's one JSON object."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from line102.__main__ import run
from tests.unit.test_places_osm import EXTRACT

LINES = (
    '{"id": "a", "text": "улица Фурманова сто двадцать", "streets": ["Назарбаева"], "house": "120", "lang": "ru"}\n'
    '{"id": "b", "text": "күйеуім мас", "streets": [], "house": null, "lang": "kk"}\n'
)


@pytest.fixture
def settings(tmp_path: Path) -> list[str]:
    path = tmp_path / "line102.toml"
    path.write_text(f'data_folder = "{tmp_path / "data"}"\n', encoding="utf-8")
    return ["--config", str(path)]


def test_an_imported_gazetteer_is_what_is_evaluated(
    tmp_path: Path, settings: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "city.osm").write_text(EXTRACT, encoding="utf-8")
    (tmp_path / "lines.jsonl").write_text(LINES, encoding="utf-8")
    made = tmp_path / "city.jsonl"
    assert run([*settings, "places", "import", str(tmp_path / "city.osm"), "--out", str(made)]) == 0
    assert "2 streets, 2 microdistricts, 1 districts, 2 landmarks" in capsys.readouterr().err
    asked = [*settings, "places", "evaluate", str(tmp_path / "lines.jsonl"), "--gazetteer", str(made)]
    assert run([*asked, "--trace"]) == 0
    *trace, last = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["id"] for line in trace] == ["a", "b"]
    assert json.loads(trace[0])["candidates"][0]["words"] == "Фурманова сто двадцать"
    report = json.loads(last)
    assert set(report) == {"all", "kk", "ru"}
    assert report["all"]["street_first"]["share"] == report["all"]["house"]["share"] == 1.0
    assert report["all"]["false_finds"]["right"] == 0


def test_without_trace_the_output_is_one_json_object(
    tmp_path: Path, settings: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lines.jsonl").write_text(LINES, encoding="utf-8")
    assert run([*settings, "places", "evaluate", str(tmp_path / "lines.jsonl")]) == 0
    assert json.loads(capsys.readouterr().out)["all"]["lines"] == 2


def test_a_bad_file_is_one_line_and_exit_code_2(
    tmp_path: Path, settings: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "city.osm.pbf").write_bytes(b"\x00")
    out = tmp_path / "out.jsonl"
    assert run([*settings, "places", "import", str(tmp_path / "city.osm.pbf"), "--out", str(out)]) == 2
    assert "osmium cat" in capsys.readouterr().err
    assert not out.exists()
    assert run([*settings, "places", "evaluate", str(tmp_path / "none.jsonl")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
