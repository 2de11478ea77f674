#!/usr/bin/env bash
# Makes the database's file system as large as its volume; does nothing when it is.
set -euo pipefail

device=$(findmnt --noheadings --output SOURCE --target /srv/database)
resize2fs "$device" 2>&1 | grep -v '^resize2fs \|^$\|Nothing to do' || true
