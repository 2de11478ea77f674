"""What the lab's cloud offers: flavors, images, the external network, volume types, metering."""
from gnocchiclient.v1 import client as gnocchi_client

from .context import EDGE, REGION, Context
from .identity import connect
from .services.ceilometer import ARCHIVE_POLICY

# name: vCPUs, MiB of memory, GiB of disk
FLAVORS = {
    "m1.tiny": (1, 512, 1), "m1.small": (1, 2048, 20), "m1.medium": (2, 4096, 40), "m1.large": (4, 8192, 80),
    "m1.xlarge": (8, 16384, 160), "v1.small": (1, 2048, 0),
}
# Microseconds.
CPU_PERIOD = 100_000
# Profile `api` has images in name only; in `full` the one that the lab makes boots.
IMAGES_IN_NAME = ("debian-12", "ubuntu-24.04", "cirros")
BOOTABLE_IMAGE = "debian-12"
VOLUME_TYPES = ("lab", "lab-ssd")
EXTERNAL = "public"
EXTERNAL_CIDR = "198.51.100.0/24"
EXTERNAL_POOL = {"start": "198.51.100.10", "end": "198.51.100.250"}


def populate(lab: Context) -> None:
    cloud = connect(lab)
    known = {flavor.name: flavor for flavor in cloud.compute.flavors()}
    for name, (vcpus, ram, disk) in FLAVORS.items():
        flavor = known.get(name) or cloud.compute.create_flavor(name=name, vcpus=vcpus, ram=ram, disk=disk)
        if lab.full:
            # A container may use all of the machine's processors: percentages of its flavor's would be more than 100.
            quota = {"quota:cpu_period": str(CPU_PERIOD), "quota:cpu_quota": str(CPU_PERIOD * vcpus)}
            cloud.compute.create_flavor_extra_specs(flavor, quota)
    for name in (BOOTABLE_IMAGE,) if lab.full else IMAGES_IN_NAME:
        content = {"filename": str(lab.paths.images / f"{name}.raw")} if lab.full else {"data": f"{name} in name only\n".encode()}
        if not cloud.image.find_image(name):
            cloud.image.create_image(
                name=name, disk_format="raw", container_format="bare", visibility="public", validate_checksum=False,
                **content,
            )
    network = cloud.network.find_network(EXTERNAL) or cloud.network.create_network(
        name=EXTERNAL, is_router_external=True, provider_network_type="flat", provider_physical_network=EXTERNAL
    )
    if not cloud.network.find_subnet(f"{EXTERNAL}-subnet"):
        cloud.network.create_subnet(
            name=f"{EXTERNAL}-subnet", network_id=network.id, ip_version=4, cidr=EXTERNAL_CIDR,
            gateway_ip=EDGE, enable_dhcp=False, allocation_pools=[EXTERNAL_POOL],
        )
    types = {volume_type.name for volume_type in cloud.block_storage.types()}
    for name in VOLUME_TYPES:
        if name not in types:
            cloud.block_storage.create_type(name=name, extra_specs={"volume_backend_name": "lab"})
    _archive_policy(cloud)
    # Octavia's balancers are ports and security groups of its own project, however many stores there are.
    service = cloud.identity.find_project("service", domain_id="default")
    cloud.network.update_quota(service.id, ports=-1, security_groups=-1, security_group_rules=-1)


def _archive_policy(cloud) -> None:
    """Measures five minutes apart as most clouds have them, and closer for tests; with the rates that alarms on `cpu` need."""
    gnocchi = gnocchi_client.Client(session=cloud.session, adapter_options={"region_name": REGION})
    if any(policy["name"] == ARCHIVE_POLICY for policy in gnocchi.archive_policy.list()):
        return
    gnocchi.archive_policy.create({
        "name": ARCHIVE_POLICY, "back_window": 0,
        "aggregation_methods": ["mean", "max", "min", "sum", "count", "rate:mean"],
        "definition": [{"granularity": "5s", "timespan": "1h"}, {"granularity": "60s", "timespan": "1d"}, {"granularity": "300s", "timespan": "7d"}],
    })
