"""python -m openstack_lab.drivers.swift_server account|container|object|proxy CONF [-v]

Swift reads /etc/swift/swift.conf when it is imported, so it is pointed at the folder of CONF first.
"""
import importlib
import os
import sys

from swift.common import utils

kind = sys.argv.pop(1)
utils.SWIFT_CONF_FILE = os.path.join(os.path.dirname(sys.argv[1]), "swift.conf")
sys.argv[0] = f"swift-{kind}-server"
sys.exit(importlib.import_module(f"swift.{'obj' if kind == 'object' else kind}.server").main())
