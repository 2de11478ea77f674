"""Orders, one after the other, each by a connection of its own as a page of the shop makes one: `orders.py HOST USER CA FILE`, the
password on its input. For each order that the database acknowledged a line of FILE: its number, and the seconds since 1970."""
import ssl
import sys
import time

import pymysql

host, user, authority, kept = sys.argv[1:]
password = sys.stdin.readline().strip()
trust = ssl.create_default_context(cafile=authority)
number = 0
with open(kept, "a") as acknowledged:
    while True:
        number += 1
        try:
            with pymysql.connect(
                host=host, user=user, password=password, database="opencart", ssl=trust, autocommit=True,
                connect_timeout=1, read_timeout=3, write_timeout=3,
            ) as connection, connection.cursor() as cursor:
                cursor.execute("INSERT INTO oc_order (number) VALUES (%s)", (number,))
            acknowledged.write(f"{number} {time.time():.3f}\n")
            acknowledged.flush()
        except (pymysql.MySQLError, OSError) as error:
            print(f"{time.time():.3f} {number} {error}", flush=True)
            time.sleep(0.05)
        time.sleep(0.02)
