"""
What Heat's own convergence engine does to one member of an elastic group, in which order, when its turn changes: with Heat's database in
memory and nested templates as they are, but servers, ports and members of pools that only note what befalls them.

Prints a JSON list: for each kind of member, what happens when it is made and at two updates after that.
"""
import collections
import json
import sys
from unittest import mock

from oslo_config import cfg

import heat.common.config  # noqa: F401 registers the options
from heat.common import template_format
from heat.engine import attributes, check_resource, environment, node_data, properties, resource, stack, sync_point, template
from heat.engine.resources.openstack.heat import delay
from heat.rpc import worker_client
from heat.tests import common, utils

FOLDER, ETC = sys.argv[1:3]
cfg.CONF.set_override("environment_dir", f"{ETC}/environment.d")
cfg.CONF.set_override("template_dir", f"{ETC}/templates")

events = []


class Noting(resource.Resource):
    def note(self, what, *more):
        events.append(" ".join([what, self.name, *more]))

    def handle_create(self):
        self.resource_id_set(f"{self.name}-{self.id}")
        self.note("create")

    def handle_delete(self):
        self.note("delete")

    def handle_update(self, *_):
        self.note("update")


def typed(names, kind=properties.Schema.STRING, **more):
    return {name: properties.Schema(kind, **more) for name in names.split()}


SCHEMA = properties.Schema
CHANGEABLE = {"update_allowed": True}
PLACE = {
    **typed("name image flavor zone key_pair network subnet security_group server_group boot pool", **CHANGEABLE),
    **typed("root_disk pool_port warmup", SCHEMA.NUMBER, **CHANGEABLE),
    **typed("metadata", SCHEMA.MAP, **CHANGEABLE),
    **typed("tags", SCHEMA.LIST, **CHANGEABLE),
}


class Place(Noting):
    """A nested template with a server in it."""

    properties_schema = PLACE
    attributes_schema = {"address": attributes.Schema("")}

    def _resolve_attribute(self, name):
        return f"address of {self.name}"


class Server(Noting):
    properties_schema = {
        **typed("user_data"),
        **typed("name flavor image flavor_update_policy image_update_policy user_data_format", **CHANGEABLE),
        **typed("availability_zone key_name", **CHANGEABLE),
        **typed("block_device_mapping_v2 networks tags", SCHEMA.LIST, **CHANGEABLE),
        **typed("scheduler_hints metadata", SCHEMA.MAP, **CHANGEABLE),
    }

    def prepare_for_replace(self):
        self.note("detach")


class Port(Noting):
    properties_schema = {
        **typed("name network", **CHANGEABLE),
        **typed("fixed_ips security_groups tags", SCHEMA.LIST, **CHANGEABLE),
    }
    attributes_schema = {"fixed_ips": attributes.Schema("")}

    def _resolve_attribute(self, name):
        return [{"ip_address": "address of port"}]


class PoolMember(Noting):
    properties_schema = {**typed("pool subnet address"), **typed("protocol_port", SCHEMA.INTEGER)}

    def handle_create(self):
        super().handle_create()
        events[-1] += f" at {self.properties['address']}"


class Suffix(Noting):
    properties_schema = {**typed("length", SCHEMA.INTEGER), **typed("character_classes", SCHEMA.LIST)}


class Delay(delay.Delay):
    def handle_create(self):
        events.append(f"wait {self.name}")
        return super().handle_create()


TYPES = {
    "Ecommerce::Server": Place,
    "Ecommerce::Member": Place,
    "OS::Nova::Server": Server,
    "OS::Neutron::Port": Port,
    "OS::Octavia::PoolMember": PoolMember,
    "OS::Heat::RandomString": Suffix,
    "OS::Heat::Delay": Delay,
}


class AtOnce:
    def start(self, _, work, *args, **more):
        work(*args, **more)


class Turns(common.HeatTestCase):
    def runTest(self):
        self.context = utils.dummy_context()
        for name, kind in TYPES.items():
            resource._register_class(name, kind)
        found = [
            self.life(file, pools)
            for file, pools in [
                ("in-turn.yaml", ["pool"]),
                ("in-turn.yaml", ["pool", "https_pool"]),
                ("in-turn.yaml", []),
                ("member.yaml", ["pool"]),
                ("member-https.yaml", ["pool", "https_pool"]),
                ("server.yaml", []),
            ]
        ]
        print(json.dumps(found))

    def template(self, file, turn, pools, boot):
        text = template_format.parse(open(f"{FOLDER}/{file}").read())
        ids = "name image flavor zone key_pair network subnet security_group server_group"
        values = {name: name for name in ids.split()}
        values.update(turn=turn, boot=boot, root_disk=0, warmup=0, metadata="{}", tags="x")
        for pool in pools:
            values.update({pool: pool, f"{pool}_port": 80})
        given = {name: value for name, value in values.items() if name in text["parameters"]}
        return template.Template(text, env=environment.Environment({"parameters": given}))

    def life(self, file, pools):
        turns = ["b", "a"] if file == "in-turn.yaml" else ["a", "b"]
        first = self.template(file, "a", pools, "boot 0")
        made = stack.Stack(self.context, f"{file.split('.')[0]}{len(pools)}", first, convergence=True)
        made.store()
        steps = [self.converge(made, first, "CREATE")]
        for number, turn in enumerate(turns):
            there = stack.Stack.load(self.context, stack_id=made.id, force_reload=True)
            steps.append(self.converge(there, self.template("in-turn.yaml", turn, pools, f"boot {number + 1}"), "UPDATE"))
        return {"file": file, "pools": pools, "turns": turns, "steps": steps}

    def converge(self, one, wanted, action):
        """One traversal, each check of a resource in its turn, as the workers would do them."""
        events.clear()
        queue = collections.deque()
        later = lambda _, *check, **more: queue.append(check)
        one.thread_group_mgr = AtOnce()
        with mock.patch.object(worker_client.WorkerClient, "check_resource", side_effect=later):
            one.converge_stack(wanted, action=action)
            while queue:
                number, traversal, sent, is_update = queue.popleft()[:4]
                data = dict(sync_point.deserialize_input_data(sent))
                known = node_data.load_resources_data(data if is_update else {})
                checked, _, its = check_resource.load_resource(self.context, number, known, traversal, is_update)
                if checked is None:
                    continue
                its.thread_group_mgr = mock.Mock()
                worker = check_resource.CheckResource("engine", worker_client.WorkerClient(), mock.Mock(), None, data)
                worker.check(self.context, number, traversal, known, is_update, None, checked, its)
        after = stack.Stack.load(self.context, stack_id=one.id, force_reload=True)
        if after.status != "COMPLETE":
            raise SystemExit(f"{after.status}: {after.status_reason}")
        return list(events)


outcome = Turns().run()
for _, trace in outcome.errors + outcome.failures:
    raise SystemExit(str(trace))
