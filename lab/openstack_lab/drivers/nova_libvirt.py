"""nova-compute with Nova's own libvirt driver for containers, and the five things that it lacks there."""
import os
import re
import shutil
import sys
from pathlib import Path

from nova.cmd import compute  # first: it patches the standard library

import eventlet
from nova import exception
from nova.compute import vm_states
from nova.privsep import linux_net
from nova.virt.disk import api as disk
from nova.virt.libvirt import config, driver, utils
from oslo_log import log as logging
from oslo_utils import excutils

LOG = logging.getLogger(__name__)
Driver = driver.LibvirtDriver

_format_disk = config.LibvirtConfigGuestDisk.format_dom


def _format_disk_without_bus(self):
    """libvirt refuses `<target bus='lxc'>`, which Nova writes for disks attached to containers."""
    dom = _format_disk(self)
    for target in dom.findall("target"):
        if target.get("bus") == "lxc":
            del target.attrib["bus"]
    return dom


def _set_up(network_info):
    """
    The userspace switch reads a new interface's flags, adds one and writes them back, while libvirt sets it up: now and
    then that is lost.
    """
    for vif in network_info:
        if vif.get("devname"):
            linux_net.set_device_enabled(vif["devname"])


_attach_interface = Driver.attach_interface


def _attach_interface_up(self, context, instance, image_meta, vif):
    _attach_interface(self, context, instance, image_meta, vif)
    eventlet.sleep(1)
    _set_up([vif])


def _teardown_container(self, instance):
    """
    Nova lets go of the loop device whose name it noted when the server first started. After a restart of the host that may
    be another server's disk, or a volume.
    """
    folder = utils.get_instance_path(instance)
    device = instance.system_metadata.get("rootfs_device_name")
    disk.teardown_container(os.path.join(folder, "rootfs"), device if device and _lies_in(device, folder) else None)


def _lies_in(device, folder):
    try:
        file = Path("/sys/class/block", Path(device).name, "loop/backing_file").read_text()
    except OSError:
        return False
    return file.startswith(f"{folder}/")


STARTS = 3


def _start(self, context, xml, instance, network_info, power_on, post_xml_callback):
    """
    libvirt misses now and then which process is the first of a container that it has just started, and then never takes a
    device for it: such a container is started again, with new ports, since the userspace switch does not see that there is
    another device of the same name. If it was the server's first boot, it is one again, since nothing takes up half a one.
    """
    for attempt in range(STARTS):
        guest = self._create_guest(
            context, xml, instance, pause=False, power_on=power_on, post_xml_callback=post_xml_callback
        )
        if not power_on or _is_known(instance) or attempt == STARTS - 1:
            return guest
        LOG.warning("libvirt does not know its first process: starting it again", instance=instance)
        guest.poweroff()
        if instance.vm_state == vm_states.BUILDING:
            shutil.rmtree(Path(utils.get_instance_path(instance), "rootfs/var/lib/cloud"))
        self.unplug_vifs(instance, network_info)
        self.plug_vifs(instance, network_info)


def _is_known(instance):
    record = Path("/run/libvirt/lxc", f"{instance.name}.xml")
    # A moment: the longer it boots, the more is to be undone.
    for _ in range(20):
        if record.exists() and re.search("<init pid='[1-9]", record.read_text()):
            return True
        eventlet.sleep(0.1)
    return False


def _create_guest_with_network(
    self, context, xml, instance, network_info, block_device_info, power_on=True, vifs_already_plugged=False,
    post_xml_callback=None, external_events=None, cleanup_instance_dir=False, cleanup_instance_disks=False,
):
    """As Nova's own, without the pause that containers cannot make: the server turns ACTIVE when its ports are up."""
    timeout, guest, events = driver.CONF.vif_plugging_timeout, None, []
    if not vifs_already_plugged and power_on and timeout:
        events = external_events or self._get_neutron_events(network_info)
    clean = dict(
        destroy_vifs=True, cleanup_instance_dir=cleanup_instance_dir, cleanup_instance_disks=cleanup_instance_disks
    )
    try:
        with self.virtapi.wait_for_instance_event(
            instance, events, deadline=timeout, error_callback=self._neutron_failed_callback
        ):
            self.plug_vifs(instance, network_info)
            with self._lxc_disk_handler(context, instance, instance.image_meta, block_device_info):
                guest = _start(self, context, xml, instance, network_info, power_on, post_xml_callback)
                _set_up(network_info)
        if power_on:
            _set_up(network_info)
    except eventlet.timeout.Timeout:
        LOG.warning("its ports did not come up", instance=instance)
        if driver.CONF.vif_plugging_is_fatal:
            if guest is not None and guest.is_active():
                guest.poweroff()
            self._cleanup(context, instance, network_info, block_device_info, **clean)
            raise exception.VirtualInterfaceCreateException()
    except Exception:
        with excutils.save_and_reraise_exception():
            self._cleanup(context, instance, network_info, block_device_info, **clean)
    return guest


config.LibvirtConfigGuestDisk.format_dom = _format_disk_without_bus
Driver.attach_interface = _attach_interface_up
Driver._teardown_container = _teardown_container
Driver._create_guest_with_network = _create_guest_with_network

if __name__ == "__main__":
    sys.argv[0] = "nova-compute"
    sys.exit(compute.main())
