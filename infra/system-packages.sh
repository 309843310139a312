#!/bin/sh
# Install the programs that pip can't: tesseract with the languages of our markets, and venv where Debian splits it off.
set -eu

languages="eng fra ara afr swa por amh yor frk osd"
missing=""
have=$(tesseract --list-langs 2>/dev/null || true)
command -v tesseract >/dev/null 2>&1 || missing="tesseract-ocr"
for language in $languages; do
    printf '%s\n' "$have" | grep -qx "$language" || missing="$missing tesseract-ocr-$language"
done
"${PYTHON:-python3}" -c 'import ensurepip' 2>/dev/null || [ -d .venv ] || missing="$missing python3-venv"
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "daytwo needs:$missing" >&2
    echo "This is no Debian: install tesseract 5 with the languages $languages, and Python 3.11 to 3.13 with venv." >&2
    exit 3
fi
sudo=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "Run as root, or install:$missing" >&2; exit 3; }
    sudo="sudo"
fi
echo "installing$missing"
log=$(mktemp)
# shellcheck disable=SC2086  # the list is meant to split
if ! { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
    cat "$log" >&2
    exit 3
fi
rm -f "$log"
