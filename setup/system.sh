#!/usr/bin/env bash
# Debian packages: those the static checks need (`system.sh check`), those to run (`run`), those the tests use (`test`).
# Installs only what is missing; asks neither the network nor sudo for anything when all is there.
source "$(dirname "$0")/common.sh"

check="python3-venv ca-certificates"
run="$check espeak-ng mmdebstrap mount util-linux"
test="$run sip-tester sox postgresql chromium libatomic1"   # the last one: for Playwright's own Node
case "${1:-run}" in
    check) wanted=$check ;;
    run) wanted=$run ;;
    test) wanted=$test ;;
    *) fail "usage: $0 check|run|test" ;;
esac

missing=()
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} = 0 ]; then exit 0; fi

command -v apt-get >/dev/null || fail "this is not a Debian system; install by hand: ${missing[*]}"
root_ready "installing ${missing[*]}"

# A fresh server may be busy with its own updates: wait for dpkg's lock.
patient=(-o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
install() {
    as_root apt-get "${patient[@]}" update \
        && as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
            apt-get "${patient[@]}" install -y --no-install-recommends "${missing[@]}"
}
say "Debian packages: ${missing[*]}"
fetch "Debian packages" install
