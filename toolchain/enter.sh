#!/usr/bin/env bash
# enter.sh COMMAND [ARG ...]: runs a command with the project's own Node.js and packages first on PATH, after
# installing them when package-lock.json has changed. Every npm script goes through here, so a fresh clone just works.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
stamp=$root/node_modules/.installed-lock

fail() {
  printf 'toolchain: %s\n' "$1" >&2
  exit 1
}

if ! cmp -s "$root/package-lock.json" "$stamp"; then
  command -v npm >/dev/null || fail "npm is missing: install Node.js 20.19 or newer with npm (nodejs.org, or your distribution's packages)"
  echo "toolchain: installing the npm packages that package-lock.json names (about 20 s)" >&2
  log=$(mktemp)
  if ! (cd "$root" && npm ci --no-fund --no-audit --loglevel=error >"$log" 2>&1); then
    tail -n 20 "$log" >&2
    fail "npm ci failed; the whole output is in $log. Check the network and the registry settings, then run the same command again"
  fi
  rm -f "$log"
  cp "$root/package-lock.json" "$stamp"
fi

# What is started from here names its stack file itself.
unset PULUMI_OPTION_CONFIG_FILE
export PATH="$root/node_modules/.bin:$PATH"
cd "$root"
exec "$@"
