#!/usr/bin/env bash
# Starts what every app server is ready to do and one at a time does: the shop's timed jobs and, where there is a relay,
# its mail. Only the user who sends reads the relay's password.
set -euo pipefail

settings=/etc/ecommerce/mail.json
if [ -f "$settings" ]; then
  if ! id ecommerce-mail >/dev/null 2>&1; then
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin ecommerce-mail
  fi
  chgrp ecommerce-mail "$settings"
  chmod 0640 "$settings"
  systemctl enable ecommerce-mail.service
  systemctl restart ecommerce-mail.service
fi
systemctl enable ecommerce-cron.service
systemctl restart ecommerce-cron.service
