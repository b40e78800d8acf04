# Shared by the set-up scripts: progress, patience with mirrors, and running as root.
set -euo pipefail
PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LOG=                                     # what the last failed command said
BEAT=
trap '[ -z "$BEAT" ] || kill "$BEAT" 2>/dev/null || true' EXIT

say() { printf '\033[1m· %s\033[0m\n' "$*"; }
warn() { printf '\033[1;33m! %s\033[0m\n' "$*" >&2; }
fail() { printf '\033[1;31m✗ %s\033[0m\n' "$*" >&2; exit 2; }

# as_root COMMAND…: the proxy of the caller goes along; sudo would drop it.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    else sudo env ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@"
    fi
}

# Asks for sudo's password now, if it wants one: later its question would stand between lines of progress.
root_ready() {
    [ "$(id -u)" != 0 ] || return 0
    command -v sudo >/dev/null || fail "$1 needs root: run this as root, or install sudo"
    sudo -n true 2>/dev/null || sudo -v || fail "$1 needs root, and sudo refused"
}

last_line() { tail -c 8000 "$1" | tr '\r' '\n' | grep -v '^[[:space:]]*$' | tail -n 1 || true; }

beat() {
    local begun=$SECONDS
    while sleep 4 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
        printf '  %4d s  %.90s\n' $((SECONDS - begun)) "$(last_line "$LOG")"
    done
}

# quietly COMMAND…: every 4 s how long it has taken and the last thing it said; $LOG holds it all if it failed.
quietly() {
    local status=0
    LOG=$(mktemp "${TMPDIR:-/tmp}/line102-set-up.XXXXXX")
    beat & BEAT=$!
    "$@" >"$LOG" 2>&1 </dev/null || status=$?
    { kill "$BEAT" && wait "$BEAT"; } 2>/dev/null || true
    BEAT=
    [ "$status" != 0 ] || rm -f "$LOG"
    return "$status"
}

# fetch WHAT COMMAND…: quietly, three times at most, for mirrors hiccup. Ends the script if all three fail.
fetch() {
    local what=$1 attempt
    shift
    for attempt in 1 2 3; do
        if quietly "$@"; then return 0; fi
        [ "$attempt" = 3 ] && break
        warn "$what: attempt $attempt of 3 failed ($(last_line "$LOG")); again in 5 s"
        rm -f "$LOG"
        sleep 5
    done
    tail -n 20 "$LOG" >&2
    fail "$what could not be had; the whole log: $LOG"
}
