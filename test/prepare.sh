#!/bin/sh
# Installs what the tests and the demo need: npm packages, and Debian packages when run as root. Says what it does, and
# fails with what is missing. Running it again does nothing when everything is there.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

if [ "$(uname -m)" != x86_64 ]; then
  say "The tests and the demo boot x86_64 machines and need an x86_64 host; this is $(uname -m)."
  exit 1
fi

if ! cmp -s package-lock.json node_modules/.landfall-lock; then
  say "Installing npm packages (npm ci)"
  npm ci
  cp package-lock.json node_modules/.landfall-lock
fi
# npm leaves a stub in place of Bun where it may not run install scripts.
if ! node_modules/.bin/bun --version >/dev/null 2>&1; then
  say "Putting Bun's binary in place"
  node node_modules/bun/install.js
  node_modules/.bin/bun --version >/dev/null
fi

missing=
for package in $(sed 's/#.*//' test/packages.txt); do
  dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
    missing="$missing $package"
done
if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "These Debian packages are missing:$missing"
    say "Install them as root: apt-get install --no-install-recommends$missing"
    exit 1
  fi
  say "Installing Debian packages:$missing"
  # Services of these packages (nginx) must not start: the tests run their own.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 0755 "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update
  # shellcheck disable=SC2086 -- one word per package
  apt-get -q install -y --no-install-recommends $missing
fi

if [ "$(id -u)" != 0 ]; then
  say "The tests and the demo make loop devices, mounts and chroots: run them as root."
  exit 1
fi
