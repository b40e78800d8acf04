#!/usr/bin/env bash
# The prompts that callers hear, spoken by espeak-ng into the embedded PBX's sounds folder. Again only when a text changed;
# `line102 run` makes by itself what is missing then.
source "$(dirname "$0")/common.sh"
cd "$PROJECT"

stamp=var/.line102-prompts
[ -f "$stamp" ] && [ -z "$(find ivr/prompts.py ivr/speech.py ivr/sound.py -newer "$stamp" -print -quit)" ] && exit 0
root_ready "making the prompts"
say "prompts in three languages"
quietly as_root env PYTHONDONTWRITEBYTECODE=1 .venv/bin/line102 prompts make \
    || { cat "$LOG" >&2; fail "the prompts could not be made"; }
as_root touch "$stamp"
