#!/usr/bin/env bash
# Debian packages: those to run (`system.sh run`), and in addition those the tests use (`system.sh test`).
# Installs only what is missing; asks the network for nothing when all is there.
source "$(dirname "$0")/common.sh"

run="python3-venv espeak-ng mmdebstrap util-linux ca-certificates"
test="$run sip-tester sox postgresql chromium"
case "${1:-run}" in
    run) wanted=$run ;;
    test) wanted=$test ;;
    *) fail "usage: $0 run|test" ;;
esac

missing=()
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} = 0 ]; then exit 0; fi

command -v apt-get >/dev/null || fail "this is not a Debian system; install by hand: ${missing[*]}"
say "Debian packages: ${missing[*]}"
log=$(mktemp)
{ as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1 || { tail -20 "$log" >&2; fail "apt-get could not install them (whole log: $log)"; }
rm -f "$log"
