#!/usr/bin/env bash
# Says once, before the first set-up, what it costs: `costs.sh run`, `costs.sh test`, `costs.sh check`.
source "$(dirname "$0")/common.sh"
cd "$PROJECT"

if [ -x .venv/bin/line102 ] && { [ "$1" = check ] || [ -f console/dist/index.html ]; }; then exit 0; fi
case "$1" in
    check) minutes=2 download=450 disk=1500 ;;
    run) minutes=3 download=500 disk=1700 ;;
    test) minutes=5 download=800 disk=3000 ;;
esac
say "First time here: about $minutes minutes, $download MB to fetch, $disk MB on disk (most of it in this folder)"
free=$(df --output=avail -m . | tail -n 1)
[ "$free" -gt "$disk" ] || warn "only $((free)) MB are free here: this may not be enough"
