"""orders.py metrics|report: counts a shop's orders in its database, as a user who only reads, over TLS.

`metrics` writes a file for node exporter's textfile collector; `report` puts the last 24 hours into Swift, as CSV.
What it goes by stands in /etc/ecommerce/orders.json, or in the file that ORDERS_CONFIG names.
"""

import csv
import hashlib
import hmac
import io
import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from datetime import datetime, timezone

HOURS = 24
SECONDS_TO_UPLOAD = 60
TIMEOUT = 60


def query(config, store, sql):
    """Rows of text. An OpenCart order counts once it has a status: before, it is a cart that was given up."""
    client = ["mysql", f"--defaults-file={config['reader']}", "--batch", "--skip-column-names", store]
    done = subprocess.run(client, input=sql, capture_output=True, text=True, timeout=TIMEOUT)
    if done.returncode != 0:
        sys.exit(f"database {store}: {done.stderr.strip()}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def has_shop(config, store):
    """A database may belong to a store that nobody has installed yet."""
    return bool(query(config, store, f"SHOW TABLES LIKE '{config['tablePrefix']}order'"))


def last_hour(config, store):
    [row] = query(
        config,
        store,
        f"SELECT COUNT(*), COALESCE(SUM(total), 0) FROM `{config['tablePrefix']}order`"
        " WHERE order_status_id > 0 AND date_added > UTC_TIMESTAMP() - INTERVAL 1 HOUR",
    )
    return row


def by_hour(config, store):
    return query(
        config,
        store,
        "SELECT DATE_FORMAT(date_added, '%Y-%m-%dT%H:00:00Z') AS hour, COUNT(*), SUM(total)"
        f" FROM `{config['tablePrefix']}order`"
        f" WHERE order_status_id > 0 AND date_added > UTC_TIMESTAMP() - INTERVAL {HOURS} HOUR"
        " GROUP BY hour ORDER BY hour",
    )


def metrics(config):
    found = {store: last_hour(config, store) for store in config["stores"] if has_shop(config, store)}
    lines = []
    for index, (name, text) in enumerate(
        [("shop_orders_last_hour", "Orders of the last hour"), ("shop_sales_last_hour", "Their totals")]
    ):
        lines += [f"# HELP {name} {text}.", f"# TYPE {name} gauge"]
        lines += [f'{name}{{store="{store}"}} {row[index]}' for store, row in found.items()]
    # Never half a file: the collector may look at any time.
    unfinished = f"{config['textfile']}.new"
    with open(unfinished, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    os.chmod(unfinished, 0o644)
    os.replace(unfinished, config["textfile"])


def report(config):
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["store", "hour", "orders", "sales"])
    for store in config["stores"]:
        if has_shop(config, store):
            writer.writerows([store, *row] for row in by_hour(config, store))
    name = datetime.now(timezone.utc).strftime("orders-%Y-%m-%dT%HZ.csv")
    upload(config["reports"], name, table.getvalue().encode())


def upload(reports, name, content):
    """By a temporary URL, signed with a key that opens this one container."""
    url = f"{reports['url']}/{name}"
    expires = int(time.time()) + SECONDS_TO_UPLOAD
    signed = f"PUT\n{expires}\n{urllib.parse.urlsplit(url).path}"
    signature = hmac.new(reports["key"].encode(), signed.encode(), hashlib.sha256).hexdigest()
    address = f"{url}?temp_url_sig={signature}&temp_url_expires={expires}"
    request = urllib.request.Request(address, data=content, method="PUT", headers={"Content-Type": "text/csv"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        print(f"{url}: {answer.status}")


def main():
    commands = {"metrics": metrics, "report": report}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit("usage: orders.py metrics|report")
    with open(os.environ.get("ORDERS_CONFIG", "/etc/ecommerce/orders.json"), encoding="utf-8") as file:
        commands[sys.argv[1]](json.load(file))


if __name__ == "__main__":
    main()
