"""A small program on the real bus code: says things as intake, hears them as routing.

The tests start it, kill it and restart what it stands on, then count its effects. Run as
``python -m tests.support.bus_program <what>``, with INTAKE_URL, ROUTING_URL and AMQP_URL; without
AMQP_URL on the in-process bus in DATA_DIR.
"""

import os

os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
import eventlet  # noqa: E402

eventlet.monkey_patch()

import argparse  # noqa: E402
import itertools  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

import sqlalchemy as sa  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402

from shared import logs  # noqa: E402
from shared.bus import inbox  # noqa: E402
from shared.bus.amqp import AmqpTransport  # noqa: E402
from shared.bus.inbox import NotYet  # noqa: E402
from shared.bus.local import LocalTransport  # noqa: E402
from shared.bus.outbox import emit  # noqa: E402
from shared.bus.subscription import subscribe  # noqa: E402
from shared.bus.tables import bus_tables  # noqa: E402
from shared.config import Settings, data_keys  # noqa: E402
from shared.contracts import heard_by, intake  # noqa: E402
from shared.district import load  # noqa: E402
from shared.runtime import Runtime, RuntimeProvider, build  # noqa: E402

said_metadata = sa.MetaData()
said_bus = bus_tables(said_metadata)
said = sa.Table("said", said_metadata, sa.Column("n", sa.Integer, primary_key=True))
heard_metadata = sa.MetaData()
heard_bus = bus_tables(heard_metadata)
heard = sa.Table(
    "heard",
    heard_metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.String(40), nullable=False),
)


def effect(tx, event):
    """Count the event; a title may ask for trouble."""
    title = event.data["title"]
    if title == "poison":
        raise ValueError("this one cannot be handled")
    if (
        title == "early"
        and not tx.execute(
            sa.select(heard.c.id).where(heard.c.number == event.data["reason"])
        ).first()
    ):
        raise NotYet(event.data["reason"])
    tx.insert(heard, number=event.subject)


class Speaker:
    """Says, as intake does."""

    name = "intake"
    runtime = RuntimeProvider()


class Listener:
    """Hears, as routing does."""

    name = "routing"
    runtime = RuntimeProvider()

    @subscribe("intake", dict.fromkeys(heard_by("routing", "intake"), effect))
    def hear_intake(self, batch):
        """Everything intake says."""
        batch.apply()


def say(runtime: Runtime, n: int, title: str = "plain", reason: str = "") -> None:
    """Commit one fact and its event."""
    data = {**intake.transferred.example, "number": f"n{n}", "title": title, "reason": reason}

    def work(tx):
        tx.insert(said, n=n)
        emit(tx, said_bus, intake.transferred, data, subject=f"n{n}", version=1)

    runtime.database.run(work)


def runtimes() -> dict[str, Runtime]:
    """Speaker's and listener's ground."""
    data_dir = Path(os.environ["DATA_DIR"])
    amqp = os.environ.get("AMQP_URL", "")
    keys = data_keys()
    transport = (
        AmqpTransport(amqp)
        if amqp
        else LocalTransport(f"sqlite:///{data_dir / 'bus.sqlite'}", keys)
    )
    made = {}
    for service, tables, metadata in (
        ("intake", said_bus, said_metadata),
        ("routing", heard_bus, heard_metadata),
    ):
        url = os.environ.get(f"{service.upper()}_URL", "")
        settings = Settings(
            not amqp,
            "xiangshan",
            data_dir,
            url,
            amqp,
            "s" * 32,
            "127.0.0.1:0",
            data_keys=keys,
        )
        made[service] = build(service, settings, load("xiangshan"), tables, transport)
        metadata.create_all(made[service].database.engine)
        made[service].declare_bus()
    return made


def main() -> None:
    """Run one part, or several, until killed."""
    logs.configure()
    parser = argparse.ArgumentParser()
    parser.add_argument("--speak", action="store_true", help="run the speaker's relay")
    parser.add_argument("--listen", action="store_true", help="run the listener")
    parser.add_argument("--say", type=int, default=0, help="say this many, then go on")
    parser.add_argument("--say-on", action="store_true", help="say on and on, printing each number")
    parser.add_argument("--title", default="plain")
    parser.add_argument("--reason", default="")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--die", action="store_true", help="die at once after saying")
    parser.add_argument("--ladder", default="0" + ",1" * 90, help="seconds between attempts")
    options = parser.parse_args()
    inbox.RETRY_AFTER = tuple(int(step) for step in options.ladder.split(","))
    made = runtimes()
    for n in range(options.first, options.first + options.say):
        say(made["intake"], n, options.title, options.reason)
    if options.die:
        os._exit(9)
    runner = ServiceRunner({"runtimes": made})
    for wanted, service in ((options.speak, Speaker), (options.listen, Listener)):
        if wanted:
            runner.add_service(service)
    runner.start()
    print("the bus program serves", flush=True)
    if options.say_on:
        for n in itertools.count(options.first):
            try:
                say(made["intake"], n, options.title)
            except ConnectionError as error:
                print(f"unsaid {n} {error}", file=sys.stderr, flush=True)
                eventlet.sleep(0.2)
            else:
                print(f"said {n}", flush=True)
    runner.wait()


if __name__ == "__main__":
    main()
