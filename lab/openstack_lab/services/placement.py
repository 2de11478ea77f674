"""Placement: what room there is on the compute host."""
from ..context import LOG, PORTS, Context
from ..model import Endpoint, Service


def service(lab: Context) -> Service:
    config = {
        "DEFAULT": LOG,
        "placement_database": lab.database("placement"),
        "api": {"auth_strategy": "keystone"},
        "keystone_authtoken": lab.authtoken("placement"),
    }
    path, text, program = lab.uwsgi("placement-api", "placement.wsgi.api:application", PORTS["placement"])
    return Service(
        name="placement",
        files={lab.paths.conf("placement", "placement.conf"): config, path: text},
        programs=[program],
        ports=[PORTS["placement"]],
        databases=["placement"],
        migrations=[["placement-manage", "db", "sync"]],
        endpoints=[Endpoint("placement", "placement", PORTS["placement"])],
    )
