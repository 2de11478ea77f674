"""Barbican: secrets, for TLS at the balancers."""
from ..context import LOG, PORTS, Context
from ..model import Endpoint, Service


def service(lab: Context) -> Service:
    port = PORTS["barbican"]
    config = {
        "DEFAULT": {**LOG, "host_href": f"http://{lab.host}:{port}", "transport_url": lab.rabbit, "db_auto_create": "false"},
        "database": {"connection": lab.database_url("barbican")},
        "queue": {"enable": "false"},
        "secretstore": {"enabled_secretstore_plugins": "store_crypto"},
        "crypto": {"enabled_crypto_plugins": "simple_crypto"},
        "simple_crypto_plugin": {"kek": lab.passwords.fernet_key("barbican-kek")},
        # Barbican still ships with its old rules, which want a role `creator` that no other service knows.
        "oslo_policy": {"enforce_new_defaults": "true", "enforce_scope": "true"},
        "keystone_authtoken": lab.authtoken("barbican"),
    }
    path, text, program = lab.uwsgi(
        "barbican-api", "openstack_lab.drivers.wsgi.barbican:application", port,
        BARBICAN_PASTE=f"{lab.paths.venv}/etc/barbican/barbican-api-paste.ini",
    )
    return Service(
        name="barbican",
        files={lab.paths.conf("barbican", "barbican.conf"): config, path: text},
        programs=[program],
        ports=[port],
        databases=["barbican"],
        migrations=[["barbican-manage", "db", "upgrade"]],
        endpoints=[Endpoint("key-manager", "barbican", port)],
    )
