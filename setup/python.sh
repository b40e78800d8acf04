#!/usr/bin/env bash
# The virtual environment .venv with line102 in it: `python.sh run` or `python.sh dev` (with the tests' packages).
# Done again only when pyproject.toml changed, the checkout moved, or Python itself was replaced.
source "$(dirname "$0")/common.sh"
cd "$PROJECT"

case "${1:-run}" in
    run) extras=synthetic ;;
    dev) extras=synthetic,dev ;;
    *) fail "usage: $0 run|dev" ;;
esac

usable() { "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; }
wanted() { { echo "$PROJECT"; .venv/bin/python --version; cat pyproject.toml; } 2>/dev/null | sha256sum | cut -d' ' -f1; }

stamp=.venv/.line102-$extras
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(wanted)" ] && exit 0

made_here() { head -n 2 .venv/bin/pip | grep -qF "$PROJECT/.venv/" && .venv/bin/python -m pip --version; }
if ! made_here >/dev/null 2>&1; then
    python=""
    for candidate in python3 python3.13 python3.12 python3.11; do
        if usable "$candidate"; then python=$candidate; break; fi
    done
    [ -n "$python" ] || fail "Python 3.11, 3.12 or 3.13 with venv is needed"
    say "Python environment .venv ($("$python" --version))"
    quietly "$python" -m venv --clear .venv || { cat "$LOG" >&2; fail "$python could not make .venv"; }
fi

say "Python packages ($(.venv/bin/python --version), extras: $extras)"
fetch "Python packages" .venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off \
    --editable ".[$extras]"
wanted >"$stamp"
[ "$1" = dev ] && wanted >.venv/.line102-synthetic
exit 0
