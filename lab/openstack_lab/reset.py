"""Empties the cloud through its APIs: everything of the ordinary projects goes, what the lab offers stays."""
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Iterable
from urllib.parse import quote

from . import certificate
from .context import Context
from .identity import CLOUDS, connect
from .progress import fail, say
from .ready import until

SECONDS = 60
# Objects that Swift deletes at a time.
BULK = 1000

# The cloud that the stacks in the lab's own Pulumi backend stand on.
OWN_BACKEND = "lab"


def reset(lab: Context, clouds: tuple[str, ...] = tuple(CLOUDS)) -> None:
    for name in clouds:
        _empty(lab, name)
    if OWN_BACKEND in clouds:
        _forget_stacks(lab)
    say(f"the cloud is empty for {' and '.join(clouds)}")


def _empty(lab: Context, name: str) -> None:
    cloud = connect(lab, name)
    project = cloud.current_project_id
    compute, network, volumes, balancing = cloud.compute, cloud.network, cloud.block_storage, cloud.load_balancer

    def gone(what: str, listing: Callable[[], Iterable]) -> None:
        until(f"deletion of {what} in {name}", lambda: [item.id for item in listing()], SECONDS, lab)

    with ThreadPoolExecutor(max_workers=8) as pool:
        def each(items: Iterable, delete: Callable) -> None:
            list(pool.map(delete, list(items)))

        def mine(listing: Callable) -> list:
            return [item for item in listing() if item.project_id == project]

        # Heat first: its engine would make anew what is deleted under it.
        each(cloud.orchestration.stacks(), lambda s: cloud.orchestration.delete_stack(s, ignore_missing=True))
        gone("stacks", cloud.orchestration.stacks)
        each(balancing.load_balancers(), lambda b: balancing.delete_load_balancer(b, cascade=True))
        each(compute.servers(details=False), lambda s: compute.delete_server(s, force=False))
        each(mine(network.ips), network.delete_ip)
        _delete_credentials(cloud, each)
        each(
            [secret for secret in cloud.key_manager.secrets() if not secret.name.startswith(certificate.NAME)],
            lambda s: cloud.key_manager.delete_secret(s.id.rsplit("/", 1)[-1]),
        )
        gone("servers", lambda: compute.servers(details=False))
        # Servers put things into them as long as they run.
        _delete_containers(cloud, each)
        gone("load balancers", balancing.load_balancers)
        each(volumes.snapshots(details=False), volumes.delete_snapshot)
        gone("snapshots", lambda: volumes.snapshots(details=False))
        each(volumes.volumes(details=False), volumes.delete_volume)
        each(compute.server_groups(), compute.delete_server_group)
        each(compute.keypairs(), compute.delete_keypair)
        _delete_networks(network, mine, each)
        gone("volumes", lambda: volumes.volumes(details=False))
        left = [router.name for router in mine(network.routers)] + [n.name for n in mine(network.networks)]
        if left:
            fail(f"these are still there in {name}: {', '.join(left)}. Run reset again, or look with the openstack command")
    _forget_quotas(lab, project)


def _forget_quotas(lab: Context, project: str) -> None:
    """Quotas that somebody gave the project: it has the lab's own again."""
    admin = connect(lab)
    admin.compute.revert_quota_set(project)
    admin.block_storage.revert_quota_set(project)
    admin.network.delete_quota(project, ignore_missing=True)


def _forget_stacks(lab: Context) -> None:
    """States that still named the deleted objects would make the next `up` say that nothing is to be done."""
    backend = lab.paths.root / "pulumi"
    shutil.rmtree(backend, ignore_errors=True)
    shutil.rmtree(lab.paths.root / "pulumi-workspace", ignore_errors=True)
    backend.mkdir(mode=0o700)


def _delete_containers(cloud, each) -> None:
    store = cloud.object_store

    def delete(container) -> None:
        # In bulk, since a client may take an object's name for a path and straighten it.
        names = [f"{container.name}/{item.name}" for item in store.objects(container)]
        for begin in range(0, len(names), BULK):
            lines = "\n".join(quote(name) for name in names[begin:begin + BULK])
            store.post("?bulk-delete", data=lines, headers={"Content-Type": "text/plain", "Accept": "application/json"})
        store.delete_container(container)

    each(store.containers(), delete)


def _delete_credentials(cloud, each) -> None:
    """Application credentials of the project's own user, and the access rules that they leave behind."""
    identity, user = cloud.identity, cloud.current_user_id
    each(identity.application_credentials(user), lambda c: identity.delete_application_credential(user, c))
    each(identity.access_rules(user), lambda rule: identity.delete_access_rule(user, rule))


def _delete_networks(network, mine, each) -> None:
    def delete_router(router) -> None:
        if router.routes:
            network.update_router(router, routes=[])
        for port in network.ports(device_id=router.id):
            if port.device_owner == "network:router_interface":
                network.remove_interface_from_router(router, port_id=port.id)
        network.delete_router(router)

    each(mine(network.routers), delete_router)
    each([port for port in mine(network.ports) if not port.device_owner.startswith("network:")], network.delete_port)
    each(mine(network.networks), network.delete_network)
    each([group for group in mine(network.security_groups) if group.name != "default"], network.delete_security_group)
