"""RabbitMQ, from the distribution: one node, on loopback with all its ports."""
from ..context import LOOPBACK, PORTS, Context
from ..model import Program, Service, Stage

NODE = "lab@localhost"


def service(lab: Context) -> Service:
    paths = lab.paths
    config, plugins = paths.etc / "rabbitmq.conf", paths.etc / "rabbitmq-plugins"
    loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
    environment = {
        "HOME": str(paths.state / "rabbitmq"),
        "RABBITMQ_NODENAME": NODE,
        "RABBITMQ_MNESIA_BASE": str(paths.state / "rabbitmq" / "mnesia"),
        "RABBITMQ_LOG_BASE": str(paths.log),
        "RABBITMQ_CONFIG_FILE": str(config),
        "RABBITMQ_PID_FILE": str(paths.run / "rabbitmq.pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
        "RABBITMQ_DIST_PORT": str(PORTS["rabbitmq-distribution"]),
        # Spinning schedulers would take the processor from everything else.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none {loopback}",
        "ERL_EPMD_ADDRESS": LOOPBACK,
    }
    settings = [
        f"listeners.tcp.1 = {LOOPBACK}:{PORTS['rabbitmq']}",
        "default_user = lab",
        f"default_pass = {lab.passwords['rabbitmq']}",
        "log.console = true",
        "log.file = false",
        "vm_memory_high_watermark.absolute = 1GiB",
        "disk_free_limit.absolute = 50MB",
        "",
    ]
    # The launcher ignores TERM while it waits for its child, so the whole group is killed; nothing in it is precious.
    program = Program("rabbitmq", "/usr/lib/rabbitmq/bin/rabbitmq-server", Stage.INFRASTRUCTURE, environment, "KILL")
    return Service(
        name="rabbitmq",
        files={config: "\n".join(settings), plugins: "[].\n"},
        programs=[program],
        ports=[PORTS["rabbitmq"], PORTS["rabbitmq-distribution"]],
        folders=[paths.state / "rabbitmq" / "mnesia"],
        has_user=False,
    )
