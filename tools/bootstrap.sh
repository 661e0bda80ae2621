#!/bin/sh
# Puts uv into the folder that is named, with nothing but Python at hand; says what to install where that is not enough.
set -eu
place=$1
if [ -z "${PYTHON:-}" ]; then
  echo "labarchive needs Python 3.11 or newer: apt install python3 python3-venv" >&2
  exit 1
fi
if ! "$PYTHON" -c 'import ensurepip' 2>/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing Debian's python3-venv"
  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3-venv; } >/dev/null 2>&1 || true
fi
if ! "$PYTHON" -c 'import ensurepip' 2>/dev/null; then
  echo "$PYTHON cannot make virtual environments: apt install python3-venv (with the version in its name for another than the system's, as python3.12-venv)" >&2
  exit 1
fi
"$PYTHON" -m venv --clear "$place"
"$place/bin/python" -m pip install --quiet --disable-pip-version-check uv
