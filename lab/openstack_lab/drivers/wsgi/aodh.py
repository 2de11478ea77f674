"""Aodh's API for uWSGI: its own entry reads the command line, which is uWSGI's."""
from aodh.api import app

application = app.build_wsgi_app(argv=[])
