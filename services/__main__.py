"""Start Baitong: all of it in one process, one service of it, or a command for its operator.

::

    python -m services                      all four services, SQLite, in-process bus (make run)
    python -m services serve intake         one service, as docker compose starts it
    python -m services migrate intake       bring its database up to date
    python -m services pack check beiguan   is a district's pack right in all its files
    python -m services dead list intake     what could not be handled: list, show, replay
    python -m services account add …        accounts (see ``account --help``)
    python -m services retention --dry-run  whose data was kept long enough; without it: forget them
    python -m services broker add ga        departments' accounts at RabbitMQ (``broker --help``)
    python -m services department onboard … how departments get orders (``department --help``)
"""

import os
import warnings

# nameko stands on eventlet, which announces its old age at every start (docs/adr/0001).
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
# psycopg must wait in a way that lets other greenlets run, and is told so before it is imported.
os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")

import eventlet  # noqa: E402 - after the two lines above

eventlet.monkey_patch()

import sys  # noqa: E402 - everything below must see the patched standard library

from services.command import main  # noqa: E402

sys.exit(main())
