#!/bin/sh
# Install what only tests need: dovecot, the IMAP server that they start for themselves. Without it they skip, loudly.
set -eu

[ -x /usr/sbin/dovecot ] || command -v dovecot >/dev/null 2>&1 && exit 0
skipped="no dovecot: the tests of IMAP will be skipped"
command -v apt-get >/dev/null 2>&1 || { echo "$skipped" >&2; exit 0; }
sudo=""
if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || { echo "$skipped; apt-get install dovecot-imapd" >&2; exit 0; }
    sudo="sudo"
fi
echo "installing dovecot-imapd"
# the tests want the program only: no mail server is to run on this machine because of them
[ -d /run/systemd/system ] && $sudo systemctl mask --quiet dovecot.service dovecot.socket
log=$(mktemp)
if ! { $sudo apt-get update -qq &&
       $sudo env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dovecot-imapd; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "$skipped" >&2
fi
rm -f "$log"
