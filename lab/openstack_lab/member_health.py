"""What an amphora would report of a pool member: profile `api` has none that could."""
import pymysql

from .context import LOOPBACK, PORTS, Context
from .progress import LabError


def report(lab: Context, member: str, status: str) -> None:
    database = pymysql.connect(
        host=LOOPBACK, port=PORTS["mysql"], user="lab", password=lab.passwords["mysql"], database="octavia", autocommit=True
    )
    with database, database.cursor() as cursor:
        cursor.execute("SELECT 1 FROM member WHERE id = %s", (member,))
        if cursor.fetchone() is None:
            raise LabError(f"Octavia has no pool member {member}")
        cursor.execute("UPDATE member SET operating_status = %s WHERE id = %s", (status, member))
