#!/usr/bin/env bash
# The fast part of the tests: types, lint, unit. Needs no lab and no engine.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
echo "types"
tsc
echo "lint"
biome check --diagnostic-level=warn .
if command -v shellcheck >/dev/null; then
  echo "shell scripts"
  shellcheck -x components/cloud-init/scripts/*.sh test/*.sh test/roles/*.sh test/roles/systemctl toolchain/*.sh lab/*.sh
fi
echo "unit tests"
mocha 'test/unit/**/*.test.ts'
