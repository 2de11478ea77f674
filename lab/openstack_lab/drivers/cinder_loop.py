"""Cinder volumes as sparse files, which the only host gets as loop devices."""
import os
from contextlib import contextmanager

from cinder import interface
from cinder.image import image_utils
from cinder.volume import driver
from oslo_concurrency import lockutils, processutils
from oslo_config import cfg
from oslo_utils import units

from openstack_lab.dataplane.volumes import attach, mount_of

OPTIONS = [
    cfg.StrOpt("lab_volume_folder", help="where the files lie"),
    cfg.StrOpt("lab_device_folder", help="links to attached volumes' loop devices, which have other numbers after a restart"),
]
run = processutils.execute


@interface.volumedriver
class LoopDriver(driver.VolumeDriver):
    VERSION = "1.0"
    CI_WIKI_NAME = "none"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(OPTIONS)

    @property
    def _folder(self):
        return self.configuration.lab_volume_folder

    def _path(self, thing):
        return os.path.join(self._folder, thing["name"])

    @staticmethod
    def _loops(path):
        return run("losetup", "-n", "-O", "NAME", "-j", path)[0].split()

    @staticmethod
    def _grow(path, gib):
        with open(path, "ab") as file:
            file.truncate(max(os.path.getsize(path), gib * units.Gi))

    @contextmanager
    def _still(self, path):
        """A snapshot is of one moment, and a copy takes a while: servers that have it mounted wait with what they write."""
        mounts = [mount for device in self._loops(path) if (mount := mount_of(device))]
        frozen = []
        try:
            for mount in mounts:
                run("fsfreeze", "--freeze", mount)
                frozen.append(mount)
            yield
        finally:
            for mount in frozen:
                run("fsfreeze", "--unfreeze", mount)

    def _copy(self, source, target, gib=0):
        run("cp", "--sparse=always", source, target)
        self._grow(target, gib)

    def check_for_setup_error(self):
        os.makedirs(self._folder, exist_ok=True)

    def create_volume(self, volume):
        self._grow(self._path(volume), volume["size"])

    def delete_volume(self, volume):
        path = self._path(volume)
        for device in self._loops(path):
            run("losetup", "-d", device)
        if os.path.exists(path):
            os.unlink(path)

    def extend_volume(self, volume, new_size):
        path = self._path(volume)
        self._grow(path, new_size)
        for device in self._loops(path):
            run("losetup", "-c", device)

    def create_snapshot(self, snapshot):
        source = os.path.join(self._folder, snapshot["volume_name"])
        run("sync", "-f", source)
        with self._still(source):
            self._copy(source, self._path(snapshot))

    def delete_snapshot(self, snapshot):
        if os.path.exists(self._path(snapshot)):
            os.unlink(self._path(snapshot))

    def create_volume_from_snapshot(self, volume, snapshot):
        self._copy(self._path(snapshot), self._path(volume), volume["size"])

    def create_cloned_volume(self, volume, src_vref):
        self._copy(self._path(src_vref), self._path(volume), volume["size"])

    def copy_image_to_volume(self, context, volume, image_service, image_id, disable_sparse=False):
        path = self._path(volume)
        block_size = self.configuration.volume_dd_blocksize
        image_utils.fetch_to_raw(context, image_service, image_id, path, block_size, size=volume["size"])
        self._grow(path, volume["size"])

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        image_utils.upload_volume(context, image_service, image_meta, self._path(volume), volume)

    # Nothing is exported: the host that has the file is the host that attaches it.
    def ensure_export(self, context, volume): pass
    def create_export(self, context, volume, connector): pass
    def remove_export(self, context, volume): pass

    @lockutils.synchronized("lab-loop")
    def initialize_connection(self, volume, connector):
        path = self._path(volume)
        # Nova keeps the path for as long as the volume is attached.
        device = os.path.join(self.configuration.lab_device_folder, volume["name"])
        attach(path, device)
        data = {"device_path": device, "volume_id": volume["id"], "access_mode": "rw"}
        return {"driver_volume_type": "local", "data": data}

    @lockutils.synchronized("lab-loop")
    def terminate_connection(self, volume, connector, **kwargs):
        attached = [one for one in volume.volume_attachment if one.attach_status == "attached"]
        if len(attached) > 1:
            return
        for device in self._loops(self._path(volume)):
            run("losetup", "-d", device)
        device = os.path.join(self.configuration.lab_device_folder, volume["name"])
        if os.path.lexists(device):
            os.unlink(device)

    def get_volume_stats(self, refresh=False):
        room = os.statvfs(self._folder)
        return {
            "volume_backend_name": self.configuration.safe_get("volume_backend_name"), "vendor_name": "lab",
            "driver_version": self.VERSION, "storage_protocol": "local",
            # Sparse files: what is promised may be more than there is.
            "total_capacity_gb": room.f_blocks * room.f_frsize // units.Gi,
            "free_capacity_gb": room.f_bavail * room.f_frsize // units.Gi,
            "max_over_subscription_ratio": 20.0, "provisioned_capacity_gb": 0, "reserved_percentage": 0,
            "multiattach": False, "thin_provisioning_support": True, "online_extend_support": True,
        }
