"""Aodh: alarms, evaluated every 5 seconds so that tests need not wait."""
from ..context import LOG, LOOPBACK, PORTS, RABBIT, Context
from ..model import Endpoint, Service


def service(lab: Context) -> Service:
    coordination = lab.paths.state / "aodh" / "coord"
    config = {
        # Younger pool members count as booting yet, not as dead: 2 minutes elsewhere.
        "DEFAULT": {
            **LOG, "transport_url": lab.rabbit, "member_creation_time": 20,
            # Otherwise Aodh asks Prometheus for servers of its own project, whoever's alarm it is.
            "prometheus_disable_rbac": "true",
        },
        "database": lab.database("aodh"),
        "api": {"paste_config": "api-paste.ini"},
        "keystone_authtoken": lab.authtoken("aodh"),
        "service_credentials": lab.credentials("aodh", interface="public"),
        "evaluator": {"workers": 1, "evaluation_interval": 5},
        "notifier": {"workers": 1},
        "listener": {"workers": 1},
        "coordination": {"backend_url": f"file://{coordination}"},
        "oslo_messaging_notifications": lab.notifications,
        "oslo_messaging_rabbit": RABBIT,
    }
    path, text, api = lab.uwsgi("aodh-api", "openstack_lab.drivers.wsgi.aodh:application", PORTS["aodh"])
    return Service(
        name="aodh",
        files={lab.paths.conf("aodh", "aodh.conf"): config, path: text},
        programs=[
            api,
            lab.worker("aodh-evaluator", PROMETHEUS_HOST=LOOPBACK, PROMETHEUS_PORT=str(PORTS["prometheus"])),
            *(lab.worker(f"aodh-{job}") for job in ("notifier", "listener")),
        ],
        ports=[PORTS["aodh"]],
        folders=[coordination],
        databases=["aodh"],
        migrations=[["aodh-dbsync"]],
        endpoints=[Endpoint("alarming", "aodh", PORTS["aodh"])],
    )
