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
  shellcheck -x components/cloud-init/scripts/*.sh components/cloud-init/scripts/*/*.sh test/*.sh test/bench/*.sh test/roles/*.sh test/roles/systemctl toolchain/*.sh lab/*.sh lab/image/*.sh lab/image/files/usr/local/sbin/* examples/*/*.sh
fi
if command -v python3 >/dev/null; then
  echo "Python's syntax"
  python3 -B -c 'import ast, pathlib, sys; [ast.parse(file.read_text(), str(file)) for folder in sys.argv[1:] for file in pathlib.Path(folder).rglob("*.py")]' lab components test
fi
echo "unit tests"
mocha 'test/unit/**/*.test.ts'
