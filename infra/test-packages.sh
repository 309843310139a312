#!/bin/sh
# Install what only tests need: dovecot, the IMAP server that they start for themselves, and what draws pages of Arabic.
# Without them the tests skip, loudly.
set -eu

missing=""
[ -x /usr/sbin/dovecot ] || command -v dovecot >/dev/null 2>&1 || missing=" dovecot-imapd"
[ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || missing="$missing fonts-dejavu-core"
ldconfig -p 2>/dev/null | grep -q libfribidi.so.0 || missing="$missing libfribidi0"
[ -z "$missing" ] && exit 0

skipped="the tests that need them will be skipped:$missing"
command -v apt-get >/dev/null 2>&1 || { echo "$skipped" >&2; exit 0; }
sudo=""
if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || { echo "$skipped; apt-get install $missing" >&2; exit 0; }
    sudo="sudo"
fi
echo "installing$missing"
# the tests want the program only: no mail server is to run on this machine because of them
[ -d /run/systemd/system ] && $sudo systemctl mask --quiet dovecot.service dovecot.socket
log=$(mktemp)
# shellcheck disable=SC2086  # the list is meant to split
if ! { $sudo apt-get update -qq &&
       $sudo env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "$skipped" >&2
fi
rm -f "$log"
