"""Keystone's content: roles, projects, users, the catalogue."""
import os
import subprocess

import openstack

from .context import REGION, Context
from .model import Service
from .progress import fail

ADMIN = "admin"
# Ordinary clouds: the user of each, who is a member of one project and nothing else, and that project.
CLOUDS = {
    "lab": ("member", "shop"),
    "lab-other": ("other", "neighbour"),
    "lab-third": ("third", "stranger"),
    "lab-fourth": ("fourth", "newcomer"),
    "lab-fifth": ("fifth", "passer-by"),
}


def clouds(lab: Context) -> dict[str, object]:
    """clouds.yaml: the ordinary clouds, each of a project of its own, and `lab-admin`, who rules."""

    def cloud(user: str, project: str) -> dict[str, object]:
        auth = {
            "auth_url": f"{lab.auth_url}/v3", "username": user, "password": lab.passwords[f"user:{user}"],
            "project_name": project, "user_domain_name": "Default", "project_domain_name": "Default",
        }
        return {"auth": auth, "region_name": REGION, "identity_api_version": 3}

    return {"clouds": {
        **{name: cloud(user, project) for name, (user, project) in CLOUDS.items()},
        "lab-admin": cloud(ADMIN, "admin"),
    }}


def bootstrap(lab: Context, environment: dict[str, str]) -> None:
    """Keystone's first user, project and endpoint."""
    url = f"{lab.auth_url}/v3"
    command = ["keystone-manage", "bootstrap", "--bootstrap-region-id", REGION,
               *(part for kind in ("public", "internal", "admin") for part in (f"--bootstrap-{kind}-url", url))]
    log = lab.paths.log / "keystone-bootstrap.log"
    secret = {**environment, "OS_BOOTSTRAP_PASSWORD": lab.passwords["user:admin"]}
    with log.open("ab") as file:
        if subprocess.run(command, env=secret, stdout=file, stderr=file).returncode != 0:
            fail(f"Keystone could not be bootstrapped; {log} says why")


def connect(lab: Context, cloud: str = "lab-admin") -> openstack.connection.Connection:
    for name in [name for name in os.environ if name.startswith("OS_")]:
        del os.environ[name]
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(lab.paths.clouds)
    return openstack.connect(cloud=cloud)


def populate(lab: Context, services: list[Service]) -> None:
    identity = connect(lab).identity
    roles = {role.name: role for role in identity.roles()}
    for name in ("service", "heat_stack_user", "ResellerAdmin"):
        roles.setdefault(name, None)
        roles[name] = roles[name] or identity.create_role(name=name)

    def project(name: str):
        return identity.find_project(name, domain_id="default") or identity.create_project(name=name, domain_id="default")

    def user(name: str, domain: str = "default"):
        found = identity.find_user(name, domain_id=domain)
        return found or identity.create_user(name=name, password=lab.passwords[f"user:{name}"], domain_id=domain)

    service_project = project("service")
    for service in services:
        if not service.has_user:
            continue
        account = user(service.name)
        for role in ("admin", "service"):
            identity.assign_project_role_to_user(service_project, account, roles[role])
    identity.assign_project_role_to_user(service_project, user("ceilometer"), roles["ResellerAdmin"])
    # Members are members and nothing else: a role more would hide what fails on a real cloud.
    for name, project_name in CLOUDS.values():
        identity.assign_project_role_to_user(project(project_name), user(name), roles["member"])
        identity.assign_project_role_to_user(project(project_name), user(ADMIN), roles["admin"])
    heat = next(iter(identity.domains(name="heat")), None) or identity.create_domain(name="heat")
    identity.assign_domain_role_to_user(heat, user("heat_domain_admin", heat.id), roles["admin"])

    known = {service.type for service in identity.services()}
    for endpoint in (endpoint for service in services for endpoint in service.endpoints):
        if endpoint.type in known:
            continue
        entry = identity.create_service(name=endpoint.name, type=endpoint.type)
        url = f"http://{lab.host}:{endpoint.port}{endpoint.path}"
        for interface in ("public", "internal"):
            identity.create_endpoint(service_id=entry.id, interface=interface, region_id=REGION, url=url)
