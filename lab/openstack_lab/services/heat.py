"""Heat: stacks, which the elastic groups are made of."""
from ..context import LOG, PORTS, RABBIT, Context
from ..model import Endpoint, Service


def service(lab: Context) -> Service:
    port, cfn = PORTS["heat"], PORTS["heat-cfn"]
    etc = lab.paths.venv / "etc/heat"
    trustee = {
        "auth_type": "password", "auth_url": lab.auth_url, "username": "heat",
        "password": lab.passwords["user:heat"], "user_domain_name": "Default",
    }
    config = {
        "DEFAULT": {
            **LOG, "transport_url": lab.rabbit, "num_engine_workers": 1, "region_name_for_services": "RegionOne",
            "heat_metadata_server_url": f"http://{lab.host}:{cfn}",
            "heat_waitcondition_server_url": f"http://{lab.host}:{cfn}/v1/waitcondition",
            "stack_user_domain_name": "heat", "stack_domain_admin": "heat_domain_admin",
            "stack_domain_admin_password": lab.passwords["user:heat_domain_admin"],
            # No roles named: a trust carries whatever roles the user has, and needs no role of its own.
            "deferred_auth_method": "trusts", "trusts_delegated_roles": "",
            "auth_encryption_key": lab.passwords["heat-encryption"],
            "convergence_engine": "true", "action_retry_limit": 1, "environment_dir": f"{etc}/environment.d",
            "template_dir": f"{etc}/templates", "plugin_dirs": "",
            **lab.quotas(max_stacks_per_tenant=512, max_resources_per_stack=1000),
        },
        "paste_deploy": {"api_paste_config": f"{etc}/api-paste.ini"},
        "database": lab.database("heat"),
        "keystone_authtoken": lab.authtoken("heat"),
        "trustee": trustee,
        "clients_keystone": {"auth_uri": lab.auth_url},
        # Keystone checks the signatures of scaling URLs for known services only (CVE-2025-65073).
        "ec2authtoken": lab.credentials("heat", endpoint_override=lab.auth_url),
        "clients": {"endpoint_type": "publicURL"},
        "heat_api": {"bind_host": lab.host, "bind_port": port, "workers": 0},
        "heat_api_cfn": {"bind_host": lab.host, "bind_port": cfn, "workers": 0},
        "oslo_messaging_notifications": lab.notifications,
        "oslo_messaging_rabbit": RABBIT,
    }
    api_path, api_text, api = lab.uwsgi("heat-api", "heat.wsgi.api:application", port)
    cfn_path, cfn_text, cfn_api = lab.uwsgi("heat-api-cfn", "heat.wsgi.cfn:application", cfn)
    return Service(
        name="heat",
        files={lab.paths.conf("heat", "heat.conf"): config, api_path: api_text, cfn_path: cfn_text},
        programs=[api, cfn_api, lab.worker("heat-engine")],
        ports=[port, cfn],
        databases=["heat"],
        migrations=[["heat-manage", "db_sync"]],
        endpoints=[
            Endpoint("orchestration", "heat", port, "/v1/%(project_id)s"),
            Endpoint("cloudformation", "heat-cfn", cfn, "/v1"),
        ],
    )
