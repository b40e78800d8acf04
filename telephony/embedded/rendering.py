"""Templates and values → Asterisk's configuration files. Pure but for ``read_templates``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from line102.errors import BadSetting
from telephony.embedded.values import PbxValues, named_values, operator_values

_PLACE = re.compile(r"@([A-Z][A-Z0-9_]*)@")
_ODD = re.compile(r"@[A-Z][A-Z0-9_]+\b(?!@)")  # "@SIP_PORT" with its second @ forgotten
EACH = ".each.conf"


def read_templates(folder: Path) -> dict[str, str]:
    """File name → text of every ``*.conf`` in ``folder``. Raises BadSetting when there is none."""
    try:
        found = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.conf"))}
    except OSError as error:
        raise BadSetting(str(folder), f"cannot be read ({error.strerror})", "Check its rights") from error
    except UnicodeDecodeError as error:
        raise BadSetting(str(folder), "holds a file that is not UTF-8", "Save it as UTF-8") from error
    if not found:
        raise BadSetting(str(folder), "holds no Asterisk configuration", "Point it at asterisk-conf/")
    return found


def render(templates: Mapping[str, str], values: PbxValues, *, data_as_seen: str) -> dict[str, str]:
    """File name → text without any ``@NAME@``. ``NAME.each.conf`` is written once per person or number (``_each``) into
    ``NAME.conf``.

    Raises BadSetting naming file and line for a name that is not known, or known but used in no file.
    """
    known = named_values(values, data_as_seen=data_as_seen)
    used: set[str] = set()
    rendered: dict[str, str] = {}
    for name, text in templates.items():
        if name.endswith(EACH):
            blocks = [_fill(name, text, known | own, used) for own in _each(name, values)]
            rendered[name.removesuffix(EACH) + ".conf"] = "\n".join(blocks)
        else:
            rendered[name] = _fill(name, text, known, used)
    if missing := known.keys() - used:
        raise BadSetting(
            "asterisk-conf", f"@{min(missing)}@ stands in no file, so its setting would do nothing", "Put it back"
        )
    return rendered


def _each(name: str, values: PbxValues) -> list[dict[str, str]]:
    """What an ``each`` file is written for: forms of numbers, the seats of its queue, or everybody with a phone."""
    if name == "extensions.callbacks" + EACH:
        return [{"FORM": form} for form in values.call_back_forms]
    whose = values.everybody
    if name == "queues.members" + EACH:
        whose = values.operators
    elif name == "queues.help.members" + EACH:
        whose = values.help_operators
    return [operator_values(one) for one in whose]


def _fill(name: str, text: str, known: Mapping[str, str], used: set[str]) -> str:
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        if odd := _ODD.search(_PLACE.sub("", line)):
            raise BadSetting(f"{name}:{number}", f"{odd.group()} has no closing @", "Write it as @NAME@")
        for place in _PLACE.findall(line):
            if place not in known:
                raise BadSetting(
                    f"{name}:{number}", f"@{place}@ is not known", "See asterisk-conf/README.md for the names"
                )
            used.add(place)
        lines.append(_PLACE.sub(lambda match: known[match.group(1)], line))
    return "\n".join(lines) + "\n"
