"""MariaDB, from the distribution; durability is given up for speed, since a lab can be made anew."""
from ..context import LOOPBACK, PORTS, Context
from ..model import Program, Service, Stage


def service(lab: Context) -> Service:
    paths = lab.paths
    config = paths.etc / "my.cnf"
    settings = {
        # As root, since the state lies below a home folder that no other user may enter.
        "user": "root",
        "datadir": str(paths.state / "mysql"), "socket": str(paths.run / "mysql.sock"),
        "pid-file": str(paths.run / "mysql.pid"), "port": PORTS["mysql"], "bind-address": LOOPBACK,
        "skip-log-bin": 1, "skip-name-resolve": 1, "max_connections": 600, "innodb_flush_log_at_trx_commit": 0,
        "innodb_doublewrite": 0, "innodb_flush_method": "fsync", "innodb_buffer_pool_size": "256M",
        "innodb_log_file_size": "64M", "sync_frm": 0, "performance_schema": "OFF",
        "character-set-server": "utf8mb3", "transaction-isolation": "READ-COMMITTED",
    }
    return Service(
        name="mariadb",
        files={config: {"mysqld": settings}},
        programs=[Program("mysql", f"/usr/sbin/mariadbd --defaults-file={config}", Stage.INFRASTRUCTURE, stop_seconds=20)],
        ports=[PORTS["mysql"]],
        has_user=False,
    )
