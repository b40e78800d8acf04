#!/bin/sh
# sources.sh DIR: the word lists and sentences of texts.py, from Debian's packages (nothing of them is kept in this repository):
# Russian sentences of fortunes-ru, Kazakh word forms of tesseract-ocr-kaz, Kazakh sentences of the translations of LibreOffice and Firefox.
# Russian word frequencies come with PyPI's wordfreq.
set -eu
dir=$1; mkdir -p "$dir/kk"
apt-get install -y --no-install-recommends fortunes-ru tesseract-ocr tesseract-ocr-kaz hunspell-kk gettext unzip >/dev/null
cat /usr/share/games/fortunes/ru/*.u8 >"$dir/fortunes.txt"
tmp=$(mktemp -d); cd "$tmp"
combine_tessdata -u /usr/share/tesseract-ocr/*/tessdata/kaz.traineddata kaz. >/dev/null 2>&1
dawg2wordlist kaz.lstm-unicharset kaz.lstm-word-dawg "$dir/kaz.words" >/dev/null
apt-get download -q firefox-esr-l10n-kk thunderbird-l10n-kk libreoffice-l10n-kk >/dev/null 2>&1
for deb in *.deb; do dpkg -x "$deb" x; done
find x -name '*.mo' -exec msgunfmt --no-wrap {} \; | grep -E '^(msgstr|")' >"$dir/kk/mo.txt"
find x -name '*.xpi' | while read -r xpi; do unzip -qo "$xpi" -d "$xpi.d"; done
find x -name '*.ftl' -o -name '*.properties' | while read -r file; do sed 's/^[^=]*= *//' "$file"; done >"$dir/kk/ftl.txt"
sed 1d /usr/share/hunspell/kk_KZ.dic | cut -d/ -f1 >"$dir/kk.dic"
rm -rf "$tmp"; wc -l "$dir"/*.txt "$dir"/kk/* "$dir/kaz.words" "$dir/kk.dic"
