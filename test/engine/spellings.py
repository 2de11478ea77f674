"""What Neutron and Swift make of spellings: JSON from stdin to JSON on stdout. Runs in the lab's Python, needs no service."""
import ipaddress
import json
import logging
import sys
import urllib.parse

logging.disable(logging.CRITICAL)

from neutron.db.securitygroups_db import SecurityGroupDbMixin
from neutron.extensions import securitygroup
from swift.common.middleware import acl

REFUSED = "refused"
ATTRIBUTES = securitygroup.RESOURCE_ATTRIBUTE_MAP[securitygroup.SECURITYGROUPRULES]
DATABASE = object.__new__(SecurityGroupDbMixin)


# Zero is every protocol to iptables, as none is.
EVERY = "any"


def refusing(call, *args):
    try:
        return call(*args)
    except Exception:
        return REFUSED


def prefix(text):
    value = securitygroup.convert_ip_prefix_to_cidr(text)
    network = ipaddress.ip_interface(value)
    return [network.version, int(network.ip), network.network.prefixlen]


def protocol(text):
    number = DATABASE._get_ip_proto_number(securitygroup.convert_protocol(text))
    return number or EVERY


def rule(given):
    """Ports of TCP or UDP that the rule which Neutron would store admits from the world: "all", a range, or nothing."""
    # What is empty, the provider does not send.
    sent = {key: value or None for key, value in given.items()}
    made = {
        key: about["convert_to"](sent.get(key)) if "convert_to" in about else sent.get(key)
        for key, about in ATTRIBUTES.items()
    }
    made.update(direction="ingress", tenant_id="project", remote_group_id=None, remote_address_group_id=None)
    DATABASE._validate_base_security_group_rule_attributes(made)
    network = made["remote_ip_prefix"] and ipaddress.ip_interface(made["remote_ip_prefix"]).network
    narrowest = 8 if made["ethertype"] == "IPv4" else 16
    if network and network.prefixlen >= narrowest:
        return None
    number = DATABASE._get_ip_proto_number(made["protocol"]) or EVERY
    if number not in (EVERY, 6, 17):
        return None
    ports = [made["port_range_min"], made["port_range_max"]]
    return "all" if ports == [None, None] else ports


def strangers(text, way):
    clean = acl.clean_acl("X-Container-" + way.title(), text)
    referrers, groups = acl.parse_acl(clean)
    hosts = {"nobody.invalid"} | {("nobody" + host if host.startswith(".") else host) for host in referrers}
    headers = {None} | {"https://" + host + "/" for host in hosts}
    if any(refusing(acl.referrer_allowed, header, referrers) is True for header in headers):
        return ["everybody", clean]
    return ["every user" if "*:*" in groups else "nobody", clean]


asked = json.load(sys.stdin)
json.dump(
    {
        "prefixes": [refusing(prefix, text) for text in asked["prefixes"]],
        "protocols": [refusing(protocol, text) for text in asked["protocols"]],
        "rules": [refusing(rule, one) for one in asked["rules"]],
        "acls": [refusing(strangers, text, way) for text, way in asked["acls"]],
    },
    sys.stdout,
)
