#!/usr/bin/env bash
# Makes the database's file system as large as its volume, while it is in use; does nothing when it is.
set -euo pipefail

device=$(findmnt --noheadings --output SOURCE --mountpoint /srv/database)
if ! said=$(resize2fs "$device" 2>&1); then
  printf '%s\n' "$said" >&2
  exit 1
fi
