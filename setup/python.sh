#!/usr/bin/env bash
# The virtual environment .venv with line102 in it: `python.sh run` or `python.sh dev` (with the tests' packages).
# Done again only when pyproject.toml changed.
source "$(dirname "$0")/common.sh"
cd "$PROJECT"

case "${1:-run}" in
    run) extras=synthetic ;;
    dev) extras=synthetic,dev ;;
    *) fail "usage: $0 run|dev" ;;
esac

python=""
for candidate in python3.13 python3.12 python3.11 python3; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11, 3.12 or 3.13 with venv is needed"

stamp=.venv/.line102-$extras
wanted=$(sha256sum pyproject.toml | cut -d' ' -f1)
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0

say "Python packages ($("$python" --version), extras: $extras)"
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check --editable ".[$extras]" 2> >(grep -v '^WARNING: Location' >&2)
echo "$wanted" >"$stamp"
[ "$1" = dev ] && echo "$wanted" >.venv/.line102-synthetic
exit 0
