"""A model's folder: ``model.npz`` (arrays, never a pickle) and ``model.json`` (the sheet that vouches for it)."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from line102.errors import BadSetting
from routing.second_reading import Networks
from routing.text_model import LABELS, ModelSheet, TextModel, Weights

ARRAYS, SHEET = "model.npz", "model.json"
SHIPPED = Path(str(files("routing").joinpath("corpus", "model")))
_SECOND = "second_"  # begins the names of the arrays of the second reading
_REMEDY = "Restore the folder from the distribution or train a model: line102 triage train."


def read_model(folder: Path = SHIPPED) -> TextModel:
    """Raises BadSetting for a folder that is incomplete, altered or of another form."""
    try:
        packed = (folder / ARRAYS).read_bytes()
        given = json.loads((folder / SHEET).read_text(encoding="utf-8"))
        sheet = ModelSheet(**{name: given[name] for name in ModelSheet.__slots__})
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise BadSetting("triage.model", f"{folder} holds no model ({wrong!r})", _REMEDY) from wrong
    if hashlib.sha256(packed).hexdigest() != sheet.arrays_sha256:
        raise BadSetting("triage.model", f"{folder / ARRAYS} is not the file that {SHEET} describes", _REMEDY)
    try:
        weights = unpacked_weights(packed)
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile) as wrong:
        raise BadSetting("triage.model", f"{folder / ARRAYS} cannot be read ({wrong})", _REMEDY) from wrong
    if weights.weights.shape != (len(weights.ids), len(LABELS)) or weights.idf.shape != weights.ids.shape:
        raise BadSetting("triage.model", f"{folder / ARRAYS} is of another form", _REMEDY)
    return TextModel(weights, sheet)


def packed_weights(weights: Weights) -> bytes:
    """The bytes of ``model.npz``: the same weights, the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, array in _arrays(weights).items():
            member = io.BytesIO()
            np.save(member, array.astype(np.float16) if array.dtype == np.float32 else array, allow_pickle=False)
            folder.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
    return out.getvalue()


def write_model(folder: Path, packed: bytes, sheet: ModelSheet) -> None:
    """Write both files; the sheet last, so that a half-written folder is refused. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ARRAYS).write_bytes(packed)
    (folder / SHEET).write_text(json.dumps(asdict(sheet), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def unpacked_weights(packed: bytes) -> Weights:
    """The opposite of ``packed_weights``, half precision widened. Raises ValueError, KeyError, BadZipFile."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        read = {name: arrays[name] for name in arrays.files}
    wide = {name: one.astype(np.float32) if one.dtype == np.float16 else one for name, one in read.items()}
    second = Networks(**{name: wide.pop(_SECOND + name) for name in Networks.__slots__})
    return Weights(second=second, **wide)


def _arrays(weights: Weights) -> dict[str, NDArray[Any]]:
    own = {name: getattr(weights, name) for name in Weights.__slots__ if name != "second"}
    return own | {_SECOND + name: getattr(weights.second, name) for name in Networks.__slots__}
