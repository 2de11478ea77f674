"""Barbican's API for uWSGI: its own entry reads /etc/barbican whatever the configuration says."""
import os

from paste import deploy

application = deploy.loadapp("config:" + os.environ["BARBICAN_PASTE"])
