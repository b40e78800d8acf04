#!/usr/bin/env bash
# An Asterisk new enough (22.9): the one of this machine if there is one, else a folder built from Debian's testing suite.
source "$(dirname "$0")/common.sh"
cd "$PROJECT"

own=$(PATH=/usr/sbin:/usr/local/sbin asterisk -V 2>/dev/null | grep -o '[0-9]*\.[0-9]*' | head -n 1 || true)
if [ -n "$own" ] && printf '22.9\n%s\n' "$own" | sort -V -C; then exit 0; fi
if [ -x var/asterisk-root/usr/sbin/asterisk ]; then exit 0; fi
root_ready "building Asterisk's folder"
as_root setup/asterisk-root.sh var/asterisk-root
