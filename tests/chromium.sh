#!/bin/sh
# A page is tested in a real Chromium: Debian's, installed when this machine and person may.
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing Debian's chromium for the browser tests"
  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium; } >/dev/null 2>&1 && exit 0
fi
echo "chromium is missing: apt install chromium (the browser tests will say so and fail)"
