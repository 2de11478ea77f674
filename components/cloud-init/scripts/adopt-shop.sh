#!/usr/bin/env bash
# adopt-shop.sh VERSION: run as root on an app server whose boot has stopped at tables that the store did not make. Marks
# them as a shop of OpenCart VERSION; within seconds the boot goes on by itself, on all servers.
set -euo pipefail

exec php "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/shop/adopt.php" "$@"
