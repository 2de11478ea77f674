"""The lab's services, one file each; this list is the only place that knows them all."""
from ..context import Context
from ..model import Service
from . import (aodh, barbican, ceilometer, cinder, edge, glance, gnocchi, heat, keystone, libvirt, mariadb, memcached,
               neutron, nova, octavia, ovn, placement, prometheus, rabbitmq, swift)

_MODULES = (mariadb, memcached, rabbitmq, keystone, glance, placement, nova, neutron, cinder, octavia, heat, aodh,
            gnocchi, ceilometer, barbican, swift)
# What only profile `full` has.
_DATA_PLANE = (ovn, libvirt, edge, prometheus)


def services(context: Context) -> list[Service]:
    return [module.service(context) for module in (*_MODULES, *(_DATA_PLANE if context.full else ()))]
