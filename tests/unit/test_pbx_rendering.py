"""Templates and values → Asterisk's files; and the judgement of check-pbx. Pure."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from line102.calls import OperatorId
from line102.errors import BadSetting, Refused
from telephony.check import ENOUGH_DISK_BYTES, NEEDED_MODULES, Seen, judge
from telephony.embedded import OperatorPhones, PbxValues
from telephony.embedded.rendering import read_templates, render
from telephony.embedded.root import parse_version
from telephony.embedded.supervisor import LONGEST_DELAY, next_delay
from telephony.help_line_check import HelpLineSeen, look_at_help_line

TEMPLATES = Path(__file__).resolve().parents[2] / "asterisk-conf"
SECRET = "0123456789abcdef"


def operator(name: str) -> OperatorPhones:
    return OperatorPhones(operator_id=OperatorId(name), password=SECRET, web_password=SECRET)


def values(**changed: object) -> PbxValues:
    chosen: dict[str, object] = {
        "operators": (operator("op1"), operator("op2")),
        "duty_password": SECRET,
        "probe_password": SECRET,
        "ami_password": SECRET,
        "ari_password": SECRET,
    }
    return PbxValues(**(chosen | changed))  # type: ignore[arg-type]


def test_no_name_is_left_in_any_file() -> None:
    files = render(read_templates(TEMPLATES), values(), data_as_seen="/srv")
    assert "extensions.conf" in files
    assert not [name for name, text in files.items() if "@OPERATOR" in text or "@DATA@" in text or "@SIP" in text]
    assert not [name for name in files if ".each." in name]


def test_each_operator_gets_a_phone_a_browser_and_a_seat() -> None:
    files = render(read_templates(TEMPLATES), values(), data_as_seen="/srv")
    for name in ("op1", "op2"):
        assert f"[{name}](phone)" in files["pjsip.operators.conf"]
        assert f"[{name}-web](browser)" in files["pjsip.operators.conf"]
        for phone in (name, f"{name}-web"):
            assert f"member => PJSIP/{phone},0,{name},PJSIP/{phone}" in files["queues.members.conf"]
    assert "OVERFLOW_PHONES = PJSIP/duty&PJSIP/op1&PJSIP/op1-web&PJSIP/op2&PJSIP/op2-web" in files["extensions.conf"]


def test_the_help_lines_seats_are_its_own() -> None:
    """One sits there only, one in both queues; each has one phone."""
    files = render(
        read_templates(TEMPLATES), values(help_operators=(operator("op2"), operator("info"))), data_as_seen="/srv"
    )
    assert files["queues.help.members.conf"].splitlines() == [
        "member => PJSIP/op2,0,op2,PJSIP/op2",
        "member => PJSIP/op2-web,0,op2,PJSIP/op2-web",
        "",
        "member => PJSIP/info,0,info,PJSIP/info",
        "member => PJSIP/info-web,0,info,PJSIP/info-web",
    ]
    assert "info" not in files["queues.members.conf"]
    assert "info" not in files["extensions.conf"].partition("OVERFLOW_PHONES = ")[2].splitlines()[0]
    for name in ("op1", "op2", "info"):
        assert files["pjsip.operators.conf"].count(f"[{name}](phone)") == 1
    nobody = render(read_templates(TEMPLATES), values(), data_as_seen="/srv")
    assert nobody["queues.help.members.conf"].strip() == ""


@pytest.mark.parametrize(
    "hours", ["always", "8:00-20:00,mon", "08:00-20:00", "08:00-20:00,mon-sat,*", "08:00-24:00,mon", ""]
)
def test_hours_that_asterisk_would_misread_are_refused(hours: str) -> None:
    with pytest.raises(BadSetting, match=r"help_hours|HELP_HOURS"):
        values(help_hours=hours)


def test_hours_and_the_folder_of_prompts_are_rendered() -> None:
    files = render(read_templates(TEMPLATES), values(help_hours="08:00-19:59,mon-sat"), data_as_seen="/srv")
    assert "HELP_HOURS = 08:00-19:59,mon-sat " in files["extensions.conf"]
    assert "LINE102_SOUNDS = /srv/sounds\n" in files["extensions.conf"]


def dialplan(context: str) -> list[str]:
    """The applications of a context in the order they stand in."""
    text = (TEMPLATES / "extensions.conf").read_text("utf-8").partition(f"[{context}]\n")[2].partition("\n[")[0]
    return [line for line in text.splitlines() if line.strip().startswith(("exten", "same"))]


def test_nothing_in_the_help_line_can_end_a_call() -> None:
    """Each line is harmless when it fails, or goes somewhere; no line hangs up, and nobody enters Stasis."""
    lines = dialplan("line102-help")
    assert len(lines) > 40
    harmless = ("Set(", "TryExec(", "GotoIf(", "GotoIfTime(", "Goto(", "Queue(help,", "WaitExten(")
    for line in lines:
        application = line.split("=>", 1)[1].split(",", 1 if "same" in line else 2)[-1]
        assert application.startswith(harmless), line
    assert sum("Goto(line102,s,again)" in line for line in lines) == 2
    queue = next(index for index, line in enumerate(lines) if "Queue(help" in line)
    assert "IFMODULE(app_queue.so)" in lines[queue - 1]


def test_an_unknown_name_is_told_with_file_and_line() -> None:
    templates = read_templates(TEMPLATES) | {"odd.conf": "[a]\nb = @NOT_THERE@\n"}
    with pytest.raises(BadSetting, match=r"odd\.conf:2: @NOT_THERE@ is not known"):
        render(templates, values(), data_as_seen="/srv")


def test_a_name_without_its_closing_sign_is_told() -> None:
    templates = read_templates(TEMPLATES) | {"odd.conf": "bind = @SIP_BIND:5060\n"}
    with pytest.raises(BadSetting, match=r"odd\.conf:1: @SIP_BIND has no closing @"):
        render(templates, values(), data_as_seen="/srv")


def test_a_value_that_no_file_takes_is_told() -> None:
    templates = read_templates(TEMPLATES)
    templates["rtp.conf"] = "[general]\nrtpstart = @RTP_FIRST@\n"
    with pytest.raises(BadSetting, match="@RTP_LAST@ stands in no file"):
        render(templates, values(), data_as_seen="/srv")


def test_operators_names_are_not_known_outside_their_own_files() -> None:
    templates = read_templates(TEMPLATES) | {"odd.conf": "a = @OPERATOR@\n"}
    with pytest.raises(BadSetting, match=r"odd\.conf:1: @OPERATOR@ is not known"):
        render(templates, values(), data_as_seen="/srv")


@pytest.mark.parametrize("text", ["a\nb" + SECRET, "a;comment" + SECRET, "a b" + SECRET, 'a"' + SECRET, "a]" + SECRET])
def test_a_password_cannot_smuggle_configuration(text: str) -> None:
    with pytest.raises(BadSetting, match="AMI_PASSWORD"):
        values(ami_password=text)


def test_a_short_password_is_refused_without_showing_it() -> None:
    with pytest.raises(BadSetting) as caught:
        values(ari_password="secret1")
    assert "secret1" not in str(caught.value)


@pytest.mark.parametrize("name", ["duty", "Op1", "op-1", "", "1op", "trunk", "a" * 17, "op1\n"])
def test_an_operators_name_asterisk_would_misread_is_refused(name: str) -> None:
    with pytest.raises(BadSetting, match="cannot be an operator's name"):
        operator(name)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"operators": ()}, "nobody is there"),
        ({"operators": (operator("op1"), operator("op1"))}, "there twice"),
        ({"help_operators": (operator("op1"), operator("op1"))}, "there twice"),
        ({"sip_port": 0}, "is no port"),
        ({"rtp_first": 20000, "rtp_last": 20010}, "fewer than 20"),
    ],
)
def test_values_that_make_no_pbx_are_refused(changed: dict[str, object], why: str) -> None:
    with pytest.raises(BadSetting, match=why):
        values(**changed)


def test_an_empty_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="holds no Asterisk configuration"):
        read_templates(tmp_path)


def test_versions_are_read_from_what_asterisk_prints() -> None:
    assert parse_version("Asterisk 22.10.1+dfsg+~cs6.17") == (22, 10, 1)
    assert parse_version("22.9") == (22, 9, 0)
    assert parse_version("GIT-master") == (0, 0, 0)


def test_the_supervisor_waits_longer_each_time_and_not_after_a_steady_run() -> None:
    delays, delay = [], timedelta(0)
    for _ in range(8):
        delay = next_delay(delay, timedelta(seconds=1))
        delays.append(delay)
    assert delays == sorted(delays)
    assert delays[0] == timedelta(seconds=0.2)
    assert delays[-1] == LONGEST_DELAY
    assert next_delay(LONGEST_DELAY, timedelta(minutes=1)) == timedelta(0)


FIT = Seen(
    version="22.10.1",
    modules=frozenset(NEEDED_MODULES),
    members=({"Status": "1"},),
    queue_known=True,
    help_line=HelpLineSeen(members=({"Status": "1"},)),
    recordings="/rec",
    recordings_writable=True,
    free_bytes=ENOUGH_DISK_BYTES,
    queue_log="/log/queue_log",
    queue_log_readable=True,
    timeouts_ms={"AMI writetimeout": 5000, "ARI websocket_write_timeout": 5000},
)


def test_a_fit_pbx_passes_whole() -> None:
    findings = judge(FIT, queue="102")
    assert all(finding.ok and not finding.remedy for finding in findings)
    assert len(findings) == 12


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"version": "22.8.1"}, "Asterisk version"),
        ({"modules": frozenset(NEEDED_MODULES[1:])}, "modules"),
        ({"members": ({"Status": "5"},)}, "queue 102"),
        ({"members": ()}, "queue 102"),
        ({"queue_known": False}, "queue 102"),
        ({"timeouts_ms": {"AMI writetimeout": 100}}, "AMI writetimeout"),
        ({"recordings_writable": False}, "recordings"),
        ({"free_bytes": ENOUGH_DISK_BYTES - 1}, "disk for recordings"),
        ({"queue_log_readable": False}, "queue_log"),
        ({"ami_error": "AMI is unreachable: refused", "version": None, "members": None, "help_line": None}, "AMI"),
        ({"ari_error": "ARI refused: 401", "modules": None}, "ARI"),
    ],
)
def test_each_fault_is_found_alone_and_has_a_remedy(changed: dict[str, object], name: str) -> None:
    findings = judge(dataclasses.replace(FIT, **changed), queue="102")  # type: ignore[arg-type]
    assert [finding.name for finding in findings if not finding.ok] == [name]
    assert all(finding.remedy and finding.grave for finding in findings if not finding.ok)


@pytest.mark.parametrize(
    ("help_line", "name"),
    [
        (HelpLineSeen(members=None), "queue help"),
        (HelpLineSeen(members=()), "queue help"),
        (HelpLineSeen(members=({"Status": "1"},), why_no_context="there is no such context"), "context line102-help"),
    ],
)
def test_a_help_line_that_nobody_could_be_sent_to_is_a_warning(help_line: HelpLineSeen, name: str) -> None:
    """102 does without one; but nobody may find that out by a caller who was sent there."""
    findings = judge(dataclasses.replace(FIT, help_line=help_line), queue="102")
    assert [(finding.name, finding.grave) for finding in findings if not finding.ok] == [(name, False)]
    assert all(finding.remedy for finding in findings if not finding.ok)


async def test_the_help_line_is_asked_for_over_ami() -> None:
    """The words of a refusal are Asterisk's own: a missing context, and a user who may not look."""
    answers: dict[str, list[dict[str, str]] | Refused] = {
        "QueueStatus": [{"Event": "QueueParams", "Queue": "help"}, {"Event": "QueueMember", "Status": "5"}],
        "ShowDialPlan": [{"Event": "ListDialplan"}],
    }

    async def ami_action(name: str, fields: dict[str, str]) -> list[dict[str, str]]:
        assert fields in ({"Queue": "help"}, {"Context": "line102-help"})
        answer = answers[name]
        if isinstance(answer, Refused):
            raise answer
        return answer

    assert await look_at_help_line(ami_action) == HelpLineSeen(({"Event": "QueueMember", "Status": "5"},))
    answers["QueueStatus"] = [{"Response": "Success"}]
    answers["ShowDialPlan"] = Refused("ShowDialPlan", "Did not find context line102-help")
    assert await look_at_help_line(ami_action) == HelpLineSeen(None, "there is no such context")
    answers["ShowDialPlan"] = Refused("ShowDialPlan", "Permission denied")
    assert "Permission denied" in (await look_at_help_line(ami_action)).why_no_context
