#!/usr/bin/env bash
# All tests: the fast ones, then the toolchain and the lab with the real engine on them. Ends with one line of totals.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
started=$SECONDS
results=$(mktemp -d)
roles_log=$(mktemp)
trap 'rm -rf "$results" "$roles_log"' EXIT
rm -f .test-artefacts/figures.jsonl
failed=0

step() {
  local name=$1
  shift
  printf '\n== %s (%d s so far)\n' "$name" "$((SECONDS - started))"
  "$@" || {
    failed=1
    printf '== %s FAILED\n' "$name"
  }
}

# Prints as it goes, and keeps the counts for the line of totals.
# shellcheck disable=SC2317 # called by step
suite() {
  mocha --reporter test/support/totals.cjs --reporter-option "output=$results/$1.json" "${@:2}"
}

# The lab's switch and containers fail now and then (lab/README.md), and so does an OpenStack that is asked by four at once:
# files in which something failed run once more, one at a time. Both attempts are told at the end.
# shellcheck disable=SC2317 # called by step
twice() {
  suite "$@" && return 0
  local files
  mapfile -t files < <(node test/support/failed-files.cjs "$results/$1.json")
  [ "${#files[@]}" -gt 0 ] || return 1
  printf '\n== once more: %s (%d s so far)\n' "${files[*]##*/}" "$((SECONDS - started))"
  suite "$1-again" "${files[@]}"
}

# What ran in the background: its output, and how it ended.
# shellcheck disable=SC2317 # called by step
ended() {
  local code=0
  wait "$1" || code=$?
  cat "$2"
  return "$code"
}

step "types" tsc
step "lint" biome check --diagnostic-level=warn .
step "unit tests" suite unit 'test/unit/**/*.test.ts'
step "toolchain" tsx toolchain/ensure.ts
step "toolchain tests" suite toolchain 'test/toolchain/**/*.test.ts'
export LAB_PROFILE=api
step "lab" lab/lab.sh up
step "roots for both of the next" tsx test/roles/warm-roots.ts
# Installed with what makes roots.
step "shell scripts" shellcheck -x components/cloud-init/scripts/*.sh test/*.sh test/bench/*.sh test/roles/*.sh test/roles/systemctl toolchain/*.sh lab/*.sh lab/image/*.sh lab/image/files/usr/local/sbin/* examples/*/*.sh
# Role tests have networks of their own, each file another, and wait more than they work; the others fill both processors.
# Those that take longest begin first.
twice roles --parallel --jobs 2 'test/roles/@(pair*|uploads*|upgrade*|keeper*).test.ts' 'test/roles/!(pair*|uploads*|upgrade*|keeper*).test.ts' >"$roles_log" 2>&1 &
roles=$!
# Those that take longest begin first. Two fill the processors, and more make samples and alarms late.
step "engine tests" twice engine --parallel --jobs 2 'test/engine/@(scaling*|store*|consumers).test.ts' 'test/engine/!(scaling*|store*|consumers).test.ts'
step "engine tests that take services away" twice alone 'test/engine/alone/*.test.ts'
step "role tests, which ran beside them" ended "$roles" "$roles_log"
step "lab" lab/lab.sh down
printf '\nfigures of this run: .test-artefacts/figures.jsonl; %d s in all\n' "$((SECONDS - started))"
node test/support/sum-totals.cjs "$results" || failed=1
exit "$failed"
