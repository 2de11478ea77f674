"""Keystone: identity, projects, the catalogue."""
from ..context import LOG, PORTS, Context
from ..model import Service


def service(lab: Context) -> Service:
    state = lab.paths.state / "keystone"
    config = {
        "DEFAULT": {**LOG, "public_endpoint": lab.auth_url},
        "database": lab.database("keystone"),
        "token": {"provider": "fernet", "expiration": 86400},
        "fernet_tokens": {"key_repository": str(state / "fernet")},
        # Receipts have keys of their own, by default in /etc, which the bootstrap insists on.
        "fernet_receipts": {"key_repository": str(state / "fernet")},
        "credential": {"key_repository": str(state / "credential")},
        "cache": {"enabled": "true", "backend": "dogpile.cache.pymemcache", "memcache_servers": lab.memcached},
        # The lowest cost that bcrypt takes: the passwords are random, and every service signs in at start.
        "identity": {"password_hash_rounds": 4},
    }
    keys = {
        state / repository / number: lab.passwords.fernet_key(f"{repository}:{number}")
        for repository in ("fernet", "credential")
        for number in ("0", "1")
    }
    path, text, program = lab.uwsgi("keystone", "keystone.wsgi.api:application", PORTS["keystone"], 2)
    return Service(
        name="keystone",
        files={lab.paths.conf("keystone", "keystone.conf"): config, path: text, **keys},
        programs=[program],
        ports=[PORTS["keystone"]],
        databases=["keystone"],
        migrations=[["keystone-manage", "db_sync"]],
        has_user=False,
    )
