#!/usr/bin/env bash
# Build a folder with Asterisk >= 22.9 from Debian's testing suite (forky), for machines whose own Debian has none.
# Usage: setup/asterisk-root.sh FOLDER        (as root; needs mmdebstrap; about 40 s and 400 MB)
# Does nothing when FOLDER already holds an Asterisk. All or nothing: a half-built FOLDER never appears.
source "$(dirname "$0")/common.sh"
export LC_ALL=C                          # we read what apt says

[ $# -eq 1 ] || fail "usage: $0 FOLDER"
folder=$1
suite=forky
packages=asterisk,asterisk-core-sounds-ru-wav,asterisk-core-sounds-en-wav

if [ -x "$folder/usr/sbin/asterisk" ]; then exit 0; fi
[ ! -e "$folder" ] || fail "$folder exists and holds no Asterisk: move it away, then run this again"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: apt-get install mmdebstrap"
[ "$(id -u)" -eq 0 ] || fail "run this as root: sudo $0 $folder"

mkdir -p "$(dirname "$folder")"
folder=$(cd "$(dirname "$folder")" && pwd)/$(basename "$folder")
partial=$folder.partial
exec 9>"$folder.lock"
flock 9                                  # two builds of the same folder: the second one waits, then finds it done
if [ -x "$folder/usr/sbin/asterisk" ]; then exit 0; fi

build() {
    rm -rf "$partial"
    mmdebstrap --variant=apt --include="$packages" --aptopt='APT::Install-Recommends "false"' \
        --aptopt='Acquire::Retries "3"' "$@" "$suite" "$partial"
}

say "Asterisk from Debian $suite, into $folder"
if ! quietly build; then
    if grep -q -i 'expired\|not valid' "$LOG"; then
        warn "The mirror's Release file is past its Valid-Until date. Its signature is still checked, but security"
        warn "updates may be missing. Building anyway; to repeat it later, remove $folder."
        rm -f "$LOG"
        fetch Asterisk build --aptopt='Acquire::Check-Valid-Until "false"'
    else
        warn "Asterisk: that failed ($(last_line "$LOG")); again"
        rm -f "$LOG"
        fetch Asterisk build
    fi
fi
[ -x "$partial/usr/sbin/asterisk" ] || fail "$partial was built, but holds no usr/sbin/asterisk"
rm -rf "$partial/var/cache/apt/archives" "$partial/var/lib/apt/lists"
mv "$partial" "$folder"
rm -f "$folder.lock"
say "$(chroot "$folder" /usr/sbin/asterisk -V)"
