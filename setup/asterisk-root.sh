#!/bin/sh
# Build a folder with Asterisk >= 22.9 from Debian's testing suite (forky), for machines whose own Debian has none.
# Usage: setup/asterisk-root.sh FOLDER        (as root; needs mmdebstrap; about 30 s and 400 MB)
# Does nothing when FOLDER already holds an Asterisk. All or nothing: a half-built FOLDER never appears.
set -eu
export LC_ALL=C                          # we read what apt says

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
folder=$1
suite=forky
packages=asterisk,asterisk-core-sounds-ru-wav,asterisk-core-sounds-en-wav

if [ -x "$folder/usr/sbin/asterisk" ]; then
    echo "asterisk-root: $folder is there already"
    exit 0
fi
[ ! -e "$folder" ] || { echo "asterisk-root: $folder exists and holds no Asterisk: move it away, then run this again" >&2; exit 2; }
command -v mmdebstrap >/dev/null || { echo "asterisk-root: mmdebstrap is missing: apt-get install mmdebstrap" >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "asterisk-root: run this as root (sudo $0 $folder)" >&2; exit 2; }

mkdir -p "$(dirname "$folder")"
folder=$(cd "$(dirname "$folder")" && pwd)/$(basename "$folder")
partial=$folder.partial
exec 9>"$folder.lock"
flock 9                                  # two builds of the same folder: the second one waits, then finds it done
if [ -x "$folder/usr/sbin/asterisk" ]; then exit 0; fi

build() {
    rm -rf "$partial"
    mmdebstrap --variant=apt --include="$packages" --aptopt='APT::Install-Recommends "false"' "$@" "$suite" "$partial"
}

echo "asterisk-root: fetching Asterisk from Debian $suite into $folder (about 30 s)"
if ! build 2>"$folder.log"; then
    if ! grep -q -i 'expired\|not valid' "$folder.log"; then
        cat "$folder.log" >&2
        echo "asterisk-root: the build failed; the lines above say why" >&2
        exit 1
    fi
    echo "##############################################################################" >&2
    echo "# WARNING: the mirror's Release file is past its Valid-Until date.           #" >&2
    echo "# Its signature is still checked, but security updates may be missing.       #" >&2
    echo "# Building anyway. Repeat this later: remove the folder and run it again.    #" >&2
    echo "##############################################################################" >&2
    build --aptopt='Acquire::Check-Valid-Until "false"' 2>"$folder.log" || { cat "$folder.log" >&2; exit 1; }
fi
[ -x "$partial/usr/sbin/asterisk" ] || { echo "asterisk-root: built, but without usr/sbin/asterisk: see $folder.log" >&2; exit 1; }
rm -rf "$partial/var/cache/apt/archives" "$partial/var/lib/apt/lists"
mv "$partial" "$folder"
rm -f "$folder.log" "$folder.lock"
echo "asterisk-root: $(chroot "$folder" /usr/sbin/asterisk -V)"
