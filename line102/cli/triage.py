"""``line102 triage evaluate`` and ``triage train``: how good is the assessment, and a new version of its model."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter

from line102.cli.triage_report import run_report
from line102.config import Settings
from line102.errors import BadSetting
from routing.corpus import CorpusLine, read_corpus, read_evaluation, shipped_corpus
from routing.flagging import may_flag
from routing.judging import Judged, figures, judge
from routing.model_files import SHIPPED, read_model, write_model
from routing.model_gate import measured, refusals, summary
from routing.triage import Triage


async def run(settings: Settings, asked: argparse.Namespace) -> int:
    """Exit code 1: the new model was refused. Raises BadSetting for a file that cannot be used."""
    match asked.action:
        case "report":
            return await run_report(settings, asked)
        case "train":
            return _train(asked)
        case _:
            return _evaluate(asked)


def _evaluate(asked: argparse.Namespace) -> int:
    lines = read_evaluation(_text(asked.file).splitlines(), source=str(asked.file))
    began = perf_counter()
    triage = Triage(read_model(asked.model or SHIPPED))
    loaded = perf_counter() - began
    triage.assess("алло здравствуйте")  # the first call fills caches that a running service has
    judged = judge(lines, triage.assess, word_error_rate=asked.asr_noise, clock=perf_counter)
    if asked.trace:
        for one in judged:
            print(json.dumps(_trace(one), ensure_ascii=False), file=sys.stderr)
    told = {
        "file": str(asked.file),
        "asr_noise": asked.asr_noise,
        "assessor": triage.version,
        "load_milliseconds": round(loaded * 1000, 1),
        **figures(judged),
    }
    print(json.dumps(told, ensure_ascii=False, indent=1))
    return 0


def _trace(one: Judged) -> dict[str, object]:
    assessment = one.assessment
    return {
        "id": one.line.line_id,
        "label": one.line.label.value,
        "assessed": assessment.label.value,
        "confidence": assessment.confidence,
        "flagged": may_flag(assessment),
        "urgency": assessment.urgency.name,
        "language": assessment.language,
        "vetoes": assessment.vetoes,
        "evidence": [asdict(evidence) for evidence in assessment.evidence],
        "text": one.text,
    }


def _train(asked: argparse.Namespace) -> int:
    from routing.training import train  # needs scikit-learn; the service does not

    data = _corpus(asked.data) if asked.data else shipped_corpus("training.jsonl", "triage-seed.jsonl")
    gate = _corpus([asked.gate]) if asked.gate else shipped_corpus("held.jsonl")
    learned = {line.text for line in data}
    if any(line.text in learned for line in gate):
        raise BadSetting("--gate", "holds lines that are learned from", "Judge by lines that were kept apart.")
    try:
        model, packed = train(data)
    except ValueError as wrong:
        raise BadSetting("--data", str(wrong), "Give lines of every label.") from wrong
    new = measured(gate, Triage(model).assess, perf_counter)
    reasons = refusals(new, measured(gate, Triage(read_model(asked.current or SHIPPED)).assess, perf_counter))
    for reason in reasons:
        print(f"line102: {model.sheet.version} is not taken: {reason}", file=sys.stderr)
    if reasons:
        return 1
    try:
        write_model(asked.out, packed, replace(model.sheet, gate=summary(new)))
    except OSError as error:
        raise BadSetting("--out", f"{asked.out} cannot be written ({error})", "Give another folder.") from error
    print(f"{model.sheet.version} from {len(data)} lines is in {asked.out}")
    return 0


def _corpus(files: list[Path]) -> tuple[CorpusLine, ...]:
    return tuple(line for file in files for line in read_corpus(_text(file).splitlines(), source=str(file)))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(str(file), f"cannot be read ({error})", "Give a readable file.") from error
