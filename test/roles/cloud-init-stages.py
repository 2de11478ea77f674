"""
cloud-init-stages.py: runs cloud-init's stages one after the other, each a process of its own, as systemd would. They share what takes
most of the time of a short one: reading cloud-init's code. Ends with the code of the first that fails.
"""
import os
import sys
from importlib import import_module

from cloudinit.cmd.main import main

for name in ["bootcmd", "runcmd", "scripts_user", "set_hostname", "update_etc_hosts", "write_files"]:
    import_module(f"cloudinit.config.cc_{name}")

for words in (["init", "--local"], ["init"], ["modules", "--mode=config"], ["modules", "--mode=final"]):
    child = os.fork()
    if child == 0:
        sys.argv = ["cloud-init", *words]
        sys.exit(main())
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != 0:
        sys.exit(code)
