"""Octavia's API for uWSGI: its own entry reads the command line, which is uWSGI's."""
from octavia.api.app import setup_app

application = setup_app(argv=["octavia-api"])
