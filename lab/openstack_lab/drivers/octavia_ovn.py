"""
Profile `api`'s stand-in for Octavia's OVN provider: it refuses what that one refuses, so that a stack file meets the same
answers; like every balancer of this profile it carries nothing.
"""
from octavia.api.drivers import driver_factory
from octavia.api.drivers.amphora_driver.v2 import driver
from octavia_lib.api.drivers import exceptions
from octavia_lib.common import constants

PROTOCOLS = (constants.PROTOCOL_TCP, constants.PROTOCOL_UDP, constants.PROTOCOL_SCTP)
MONITORS = (constants.HEALTH_MONITOR_TCP, constants.HEALTH_MONITOR_UDP_CONNECT)


class LabOvnDriver(driver.AmphoraProviderDriver):
    def _validate_listener_protocol(self, listener):
        if listener.protocol not in PROTOCOLS:
            _refuse(f"protocol {listener.protocol}")
        if isinstance(listener.allowed_cidrs, list) and listener.allowed_cidrs:
            _refuse("allowed_cidrs")

    def _validate_pool_algorithm(self, pool):
        if pool.lb_algorithm != constants.LB_ALGORITHM_SOURCE_IP_PORT:
            _refuse(f"algorithm {pool.lb_algorithm}")

    def health_monitor_create(self, healthmonitor):
        if healthmonitor.type not in MONITORS:
            _refuse(f"health monitors of type {healthmonitor.type}")
        super().health_monitor_create(healthmonitor)

    def l7policy_create(self, l7policy):
        _refuse("L7 policies")


def _refuse(what):
    message = f"OVN provider does not support {what}"
    raise exceptions.UnsupportedOptionError(user_fault_string=message, operator_fault_string=message)


def offer():
    """Answers to the provider's own name, which in these packages is the real one's."""
    get_driver = driver_factory.get_driver

    def get(provider):
        if provider != "ovn":
            return get_driver(provider)
        found = LabOvnDriver()
        found.name = provider
        return found

    driver_factory.get_driver = get
