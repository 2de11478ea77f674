"""The lab's services, one file each; this list is the only place that knows them all."""
from ..context import Context
from ..model import Service
from . import (aodh, barbican, ceilometer, cinder, glance, gnocchi, heat, keystone, mariadb, memcached, neutron, nova,
               octavia, placement, rabbitmq, swift)

_MODULES = (mariadb, memcached, rabbitmq, keystone, glance, placement, nova, neutron, cinder, octavia, heat, aodh,
            gnocchi, ceilometer, barbican, swift)


def services(context: Context) -> list[Service]:
    return [module.service(context) for module in _MODULES]
