"""The keeper's service: restores when that is asked for and not through, then ships for ever."""
import sys
from subprocess import SubprocessError

import pymysql

from binlog import Damaged
from console import Refused, say, tell_boot
from endpoint import Missing, Unavailable
from restore import is_through, restore
from settings import load
from ship import Shipper
from stream import Purged

REFUSED = 78


def main() -> int:
    settings = load()
    try:
        if settings.restore and not is_through(settings, settings.restore):
            restore(settings, settings.restore)
        Shipper(settings).run()
        return 0
    except Refused as error:
        say(str(error))
        tell_boot(f"refused: {error}")
        return REFUSED
    except (Unavailable, Missing, Purged, Damaged, pymysql.MySQLError, SubprocessError, RuntimeError, OSError) as error:
        say(f"beginning anew: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
