"""What is wanted as SQL, for MariaDB 10.11 and MySQL 8: it can be run at any time, and leaves exactly the accounts that are
wanted, with exactly their rights. An account that has them already keeps its connections."""
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
WRITER = ("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX", "REFERENCES", "LOCK TABLES", "CREATE TEMPORARY TABLES")
READER = ("SELECT",)


@dataclass(frozen=True)
class Account:
    user: str
    password: str
    stores: tuple[str, ...]
    privileges: tuple[str, ...]
    # At once; 0: as many as the server has.
    connections: int = 0


def statements(wanted: dict) -> str:
    host, stores = wanted["clients"], tuple(wanted["stores"])
    accounts = [Account(user, password, (user,), WRITER) for user, password in wanted["stores"].items()]
    accounts += [Account(user, password, stores, READER, wanted["readerConnections"]) for user, password in wanted["readers"].items()]
    lines = [
        # Who may come in is this server's business: a restore of its data makes no account of before.
        "SET sql_log_bin = 0;",
        "DROP USER IF EXISTS ''@'localhost', ''@'%', 'root'@'%', 'root'@'127.0.0.1', 'root'@'::1';",
        _file("made.sql"),
        f"INSERT INTO wanted VALUES\n{_rows(accounts, host)};",
        # Before they exist: none is ever there without being known.
        "INSERT IGNORE INTO made SELECT DISTINCT user, host FROM wanted;",
        _file("settle.sql"),
        # What is in them later stands in the log, so they do too.
        "SET sql_log_bin = 1;",
        *(f"CREATE DATABASE IF NOT EXISTS `{store}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;" for store in stores),
        "SET sql_log_bin = 0;",
        *(line for account in accounts for line in _made(account, host)),
    ]
    return "\n".join(lines) + "\n"


def _made(account: Account, host: str) -> list[str]:
    name = f"{_quoted(account.user)}@{_quoted(host)}"
    terms = f"{name} IDENTIFIED BY {_quoted(account.password)} REQUIRE SSL WITH MAX_USER_CONNECTIONS {account.connections};"
    rights = ", ".join(account.privileges)
    return [
        f"CREATE USER IF NOT EXISTS {terms}",
        f"ALTER USER {terms}",
        *(f"GRANT {rights} ON `{_in_grant(store)}`.* TO {name};" for store in account.stores),
    ]


def _rows(accounts: list[Account], host: str) -> str:
    return ",\n".join(
        f"({_quoted(account.user)}, {_quoted(host)}, {_quoted(_in_grant(store))}, {_quoted(privilege)})"
        for account in accounts
        for store in account.stores
        for privilege in account.privileges
    )


def _in_grant(store: str) -> str:
    """There `_` in a database's name would match any character."""
    return store.replace("_", "\\_")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _file(name: str) -> str:
    return (HERE / name).read_text()
