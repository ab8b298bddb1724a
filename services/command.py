"""The operator's commands."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog
from eventlet.debug import hub_exceptions
from nameko.runners import ServiceRunner

from services import broker, demo_clock
from services.catalogue import Parts, parts_of, runtime_for, transport_for
from shared import config, logs
from shared.actor import acting, operator
from shared.audit import commands as audit_commands
from shared.bus import local, parked
from shared.bus.transport import BusUnavailable
from shared.config import BadSetting, Settings
from shared.contracts import SERVICES
from shared.district import DISTRICTS, District, PackError, Problem, load
from shared.green import Signal, sleep, spawn
from shared.hosting import Server, gateway
from shared.migrate import migrate
from shared.runtime import Runtime
from shared.sealing import Tampered, UnknownKey
from shared.sealing import commands as keys_commands
from shared.sealing.check import LostKeys, refuse_lost_keys

log = structlog.get_logger(__name__)
BUS_PATIENCE = 60
"""Seconds to wait for the bus at start before giving up."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status; what is wrong is said in words."""
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(words)
    try:
        logs.configure(config.log_level())
        if options.run in (_run_embedded, _run_one):
            return int(options.run(options) or 0)
        with acting(operator(f"console.{words[0]}")):
            return int(options.run(options) or 0)
    except (
        BadSetting,
        PackError,
        BusUnavailable,
        parked.NotParked,
        broker.BrokerRefused,
        broker.NoSuchAccount,
        keys_commands.KeysRefused,
        LostKeys,
        UnknownKey,
        Tampered,
    ) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services", description=__doc__)
    parser.set_defaults(run=_run_embedded)
    commands = parser.add_subparsers(title="commands")
    for name, run, text in (
        ("serve", _run_one, "run one service"),
        ("migrate", _run_migrate, "bring a service's database up to date"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("service", choices=SERVICES)
        command.set_defaults(run=run)
    dead = commands.add_parser("dead", help="what could not be handled: list, show, replay")
    dead.add_argument("what", choices=("list", "show", "replay"))
    dead.add_argument("service", choices=SERVICES)
    dead.add_argument("event", nargs="*", help="event ids; replay without any replays all")
    dead.add_argument("--reason", default="", help="of show: why you need the body; recorded")
    dead.set_defaults(run=_run_dead)
    pack = commands.add_parser("pack", help="check: is a district's pack right in all its files")
    pack.add_argument("what", choices=("check",))
    pack.add_argument("name", nargs="?", default="", help="of its folder; else what DISTRICT says")
    pack.set_defaults(run=_run_pack)
    _add_intake_commands(commands)
    broker.add_commands(commands)
    _add_routing_commands(commands)
    audit_commands.add_commands(commands, runtime_of)
    keys_commands.add_commands(commands, runtime_of)
    return parser


def _add_intake_commands(commands: Any) -> None:
    # only intake knows accounts, and how long residents' data stays
    from services.intake.archive import verify_command as archive_commands  # noqa: PLC0415
    from services.intake.rights import actions_retention  # noqa: PLC0415
    from services.intake.staff import accounts_commands  # noqa: PLC0415

    accounts_commands.add_commands(commands, runtime_of)
    actions_retention.add_commands(commands, runtime_of)
    archive_commands.add_commands(commands, runtime_of)


def _add_routing_commands(commands: Any) -> None:
    # only routing knows how departments get their orders
    from services.routing.channels import commands as channels  # noqa: PLC0415

    channels.add_commands(commands, runtime_of, broker.add_one)


def runtime_of(service: str) -> Runtime:
    """The runtime of a deployed (or, without DATABASE_URL, embedded) service, for a command."""
    settings = _settings()
    return runtime_for(parts_of(service), settings, _district(settings), transport_for(settings))


def _settings() -> Settings:
    return config.deployed() if os.environ.get("DATABASE_URL") else config.embedded()


def _district(settings: Settings) -> District:
    return load(settings.district, settings.districts or DISTRICTS)


def _read_district(settings: Settings, *served: Parts) -> District:
    """The pack with all that the services read of it, so that a wrong one stops the start first."""
    district = _district(settings)
    for parts in served:
        parts.read_pack(district)
    return district


def _run_embedded(_options: argparse.Namespace) -> None:
    settings = config.embedded()
    all_parts = [parts_of(name) for name in SERVICES]
    district = _read_district(settings, *all_parts)
    transport = transport_for(settings)
    runtimes = [runtime_for(parts, settings, district, transport) for parts in all_parts]
    _refuse_lost_keys(*runtimes)
    for parts, runtime in zip(all_parts, runtimes, strict=True):
        migrate(runtime.database.engine, parts.migrations)
        runtime.declare_bus()
    for parts, runtime in zip(all_parts, runtimes, strict=True):
        if parts.seed is not None:
            parts.seed(runtime)
    applications: dict[str, Any] = {}
    runner = _runner(all_parts, runtimes, applications)
    _start(runner)
    demo_clock.install(applications["intake"])
    server = Server(gateway(applications), settings.address)
    spawn(server.run)
    print(f"Baitong is ready: http://{settings.address}", flush=True)  # noqa: T201 - people wait for it
    _until_stopped(runner, server)


def _run_one(options: argparse.Namespace) -> None:
    settings = config.deployed()
    parts = parts_of(options.service)
    district = _read_district(settings, parts)
    runtime = runtime_for(parts, settings, district, transport_for(settings))
    _refuse_lost_keys(runtime)
    _wait_for_bus(runtime)
    runner = _runner([parts], [runtime], None)
    _start(runner)
    print(f"Baitong {parts.name} is ready: {settings.address}", flush=True)  # noqa: T201
    _until_stopped(runner)


def _run_migrate(options: argparse.Namespace) -> None:
    settings = _settings()
    parts = parts_of(options.service)
    runtime = runtime_for(parts, settings, _district(settings), transport_for(settings))
    _refuse_lost_keys(runtime)
    migrate(runtime.database.engine, parts.migrations)


def _run_pack(options: argparse.Namespace) -> None:
    """Read a pack as the start would, and nothing else: needs no settings, keys or database."""
    district = load(options.name or config.district(), config.districts() or DISTRICTS)
    problems: list[Problem] = []
    for service in SERVICES:
        try:
            parts_of(service).read_pack(district)
        except PackError as error:
            problems += error.problems
    if problems:
        raise PackError(problems)
    sys.stdout.write(f"ok: {district.name}, {_size_of(district)}; read by {', '.join(SERVICES)}\n")


def _size_of(district: District) -> str:
    return (
        f"{len(district.communities)} communities, {len(district.departments)} departments, "
        f"{len(district.items)} items"
    )


def _run_dead(options: argparse.Namespace) -> None:
    runtime = runtime_of(options.service)
    if options.what == "replay":
        count = parked.replay(runtime.database, runtime.tables, options.event or None)
        sys.stdout.write(f"{count} message(s) will be tried again now\n")
    elif options.what == "list":
        for message in parked.list_parked(runtime.database, runtime.tables):
            sys.stdout.write(f"{message.event_id}  {message.consumer}  {message.reason}\n")
    else:
        for event_id in options.event:
            sys.stdout.write(f"{_dead_letter(runtime, event_id, options.reason)}\n")


def _dead_letter(runtime: Runtime, event_id: str, reason: str) -> str:
    """A dead letter without its body; with it for a reason, recorded before anything is shown."""
    found = parked.inspect(runtime.database, runtime.tables, event_id)
    if not reason:
        hidden = "(sealed; --reason shows it, and is recorded)"
        return "\n".join(str(replace(message, body=hidden)) for message in found)
    runtime.database.run(lambda tx: tx.record("person.revealed", event_id, reason))
    return "\n".join(str(message) for message in found)


def _refuse_lost_keys(*runtimes: Runtime) -> None:
    """Before anything is written; the in-process bus keeps sealed messages as well."""
    for runtime in runtimes:
        database = runtime.database
        metadata = runtime.tables.outbox.metadata
        refuse_lost_keys(runtime.service, database.engine, metadata, database.keys, database.audit)
    transport = runtimes[0].transport
    if isinstance(transport, local.LocalTransport):
        keys = runtimes[0].database.keys
        refuse_lost_keys("bus", transport.engine, local.metadata, keys)


def _wait_for_bus(runtime: Runtime) -> None:
    for attempt in range(BUS_PATIENCE):
        try:
            runtime.declare_bus()
        except BusUnavailable as error:
            log.info("waiting_for_bus", attempt=attempt, error=str(error))
            sleep(1)
        else:
            return
    runtime.declare_bus()


def _runner(
    all_parts: list[Parts], runtimes: list[Runtime], applications: dict[str, Any] | None
) -> ServiceRunner:
    runner = ServiceRunner(
        {"runtimes": {r.service: r for r in runtimes}, "applications": applications}
    )
    for parts in all_parts:
        runner.add_service(parts.service)
    return runner


def _start(runner: ServiceRunner) -> None:
    """Start every container; one that cannot says so once, by its exception."""
    hub_exceptions(state=False)
    try:
        runner.start()
    finally:
        hub_exceptions(state=True)


def _until_stopped(runner: ServiceRunner, server: Server | None = None) -> None:
    """Serve until SIGINT or SIGTERM, then stop in order; a service that dies takes all along."""
    stop = Signal()

    def asked(_number: int, _frame: object) -> None:
        if not stop.ready():
            spawn(stop.send)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked)
    waiter = spawn(runner.wait)
    waiter.link(lambda _thread: stop.ready() or stop.send())
    stop.wait()
    if server is not None:
        server.stop()
    if waiter.dead:
        waiter.wait()
    runner.stop()
