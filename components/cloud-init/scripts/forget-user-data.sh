#!/usr/bin/env bash
# Removes every copy that cloud-init keeps of the user data. It fetches them anew at every boot, so this runs at every boot.
set -euo pipefail

for file in \
  /var/lib/cloud/instances/*/user-data.txt* \
  /var/lib/cloud/instances/*/cloud-config.txt \
  /var/lib/cloud/instances/*/obj.pkl \
  /var/lib/cloud/instances/*/scripts/* \
  /var/lib/cloud/instances/*/handlers/* \
  /var/lib/cloud/seed/*/user-data \
  /run/cloud-init/instance-data-sensitive.json \
  /run/cloud-init/combined-cloud-config.json; do
  # The link `instance` leads to one of `instances`.
  if [ -f "$file" ]; then shred --force --remove --zero "$file"; fi
done
