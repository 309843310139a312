#!/bin/sh
# Make .venv and install the locked wheels, each checked against its hash, then daytwo itself in place.
set -eu

python="${PYTHON:-python3}"
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || {
    echo "daytwo needs Python 3.11 to 3.13; $python is $("$python" -V). Say which: make PYTHON=python3.12 …" >&2
    exit 3
}
[ -x .venv/bin/python ] || "$python" -m venv .venv
echo "installing the locked packages into .venv (a minute or two)"
log=$(mktemp)
if ! { .venv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock &&
       .venv/bin/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .; } >"$log" 2>&1; then
    cat "$log" >&2
    exit 3
fi
rm -f "$log"
