#!/usr/bin/env bash
# The fast part of the tests: types, lint, unit. Needs no lab and no engine.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
echo "types"
tsc
echo "lint"
biome check --diagnostic-level=warn .
echo "unit tests"
mocha 'test/unit/**/*.test.ts'
