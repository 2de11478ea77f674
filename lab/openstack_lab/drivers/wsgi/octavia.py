"""Octavia's API for uWSGI: its own entry reads the command line, which is uWSGI's."""
import os

from octavia.api.app import setup_app

if os.environ.get("LAB_OVN") == "bookkept":
    from openstack_lab.drivers import octavia_ovn

    octavia_ovn.offer()

application = setup_app(argv=["octavia-api"])
