"""nova-compute with the lab's driver: Nova loads drivers from nova.virt only, so the driver is registered there."""
import sys

from nova.cmd import compute  # first: it patches the standard library

from openstack_lab.drivers import nova_driver

sys.modules["nova.virt.lab"] = nova_driver
if __name__ == "__main__":
    sys.argv[0] = "nova-compute"
    sys.exit(compute.main())
