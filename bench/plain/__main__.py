"""Run one plain service: ``python -m bench.plain intake|routing``, as the environment says."""

import os
import sys

# The same as Baitong's own: without it psycopg would hold up every other greenlet.
os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")

import eventlet

eventlet.monkey_patch()

import sqlalchemy as sa  # noqa: E402 - must see the patched standard library
from nameko.runners import ServiceRunner  # noqa: E402

from bench.plain.intake import PlainIntake  # noqa: E402
from bench.plain.models import Base  # noqa: E402
from bench.plain.routing import PlainRouting  # noqa: E402

SERVICES = {"intake": PlainIntake, "routing": PlainRouting}


def main() -> None:
    """Make the tables, then serve until the process is ended."""
    config = {
        "AMQP_URI": os.environ["AMQP_URL"],
        "DB_URI": os.environ["DATABASE_URL"],
        "WEB_SERVER_ADDRESS": os.environ["HTTP_ADDRESS"],
    }
    Base.metadata.create_all(sa.create_engine(config["DB_URI"]))
    runner = ServiceRunner(config)
    runner.add_service(SERVICES[sys.argv[1]])
    runner.start()
    print(f"plain {sys.argv[1]} is ready", flush=True)
    runner.wait()


if __name__ == "__main__":
    main()
