"""Nova's fake virtualisation driver, made to survive a restart of nova-compute, and able to fail on request."""
import functools

from nova import exception
from nova.compute import vm_states
from nova.virt import fake

# Servers with this key in their metadata, or of an image with this property, end in ERROR with its value as the fault.
FAULT = "lab_fault"


def _adopting(name):
    """The base class's method, called after the instance has been taken over from the database."""
    base = getattr(fake.FakeDriverWithoutFakeNodes, name)

    @functools.wraps(base)
    def method(self, *args, **kwargs):
        for value in (*args, *kwargs.values()):
            if hasattr(value, "vm_state") and hasattr(value, "flavor"):
                self._adopt(value)
        return base(self, *args, **kwargs)

    return method


class LabDriver(fake.FakeDriverWithoutFakeNodes):
    """Keeps no servers, only their bookkeeping."""

    def _adopt(self, instance):
        known = (None, vm_states.BUILDING, vm_states.DELETED)
        if instance.uuid in self.instances or instance.deleted or instance.vm_state in known:
            return
        self.instances[instance.uuid] = fake.FakeInstance(instance.name, instance.power_state, instance.uuid)
        flavor = instance.flavor
        self.resources.claim(vcpus=flavor.vcpus, mem=flavor.memory_mb, disk=flavor.root_gb)

    def spawn(self, context, instance, *args, **kwargs):
        text = (instance.metadata or {}).get(FAULT) or instance.system_metadata.get(f"image_{FAULT}")
        if text:
            raise exception.BuildAbortException(instance_uuid=instance.uuid, reason=text)
        return super().spawn(context, instance, *args, **kwargs)

    def detach_interface(self, context, instance, vif):
        self._interfaces.pop(vif["id"], None)


for _name in ("get_info", "power_off", "power_on", "reboot", "unrescue", "rescue", "snapshot", "destroy", "suspend",
              "resume", "pause", "unpause", "attach_volume", "detach_volume", "finish_migration",
              "migrate_disk_and_power_off", "finish_revert_migration", "confirm_migration"):
    if hasattr(fake.FakeDriverWithoutFakeNodes, _name):
        setattr(LabDriver, _name, _adopting(_name))
