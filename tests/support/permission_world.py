"""A small district with two sides that must not see each other, in all four services.

What is on side A belongs to one community, department and partner, what is on side B to others.
The databases are in memory and go back to how they were in no time.
"""

import dataclasses
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flask
import sqlalchemy as sa

from services.intake import handlers
from services.intake.acceptance import Acceptance
from services.intake.archive import actions as archive
from services.intake.case import Actor
from services.intake.files import actions as files_actions
from services.intake.files import store as files_store
from services.intake.files.case_file import PHOTO, CaseFile
from services.intake.staff import accounts
from services.notify.message import DEPARTMENT as TO_DEPARTMENT
from services.notify.models import messages
from services.partners import handlers_partners, handlers_points, ledger, ledger_store, store
from services.partners.matching import Match
from services.partners.models import accounts as passbooks
from services.partners.need import OFFERED
from services.partners.store import NeedRow
from services.routing import handlers as routing_handlers
from services.routing.channels import store as channel_store
from services.routing.channels.channel import MAIL, Channel
from services.routing.channels.links import form_token
from services.routing.follow_ups import store as follow_ups
from services.routing.follow_ups.follow_up import FollowUp
from services.routing.problems import cluster_store, look_back_store
from services.routing.problems import handlers as problem_handlers
from services.routing.problems import store as problem_store
from services.routing.problems.candidate import Candidate
from services.routing.problems.cluster import Trace, new_cluster
from services.routing.problems.handlers import Draft
from services.routing.problems.look_back import LookBack
from services.routing.problems.problem import Answer
from shared import clock
from shared.bus.event import Event, new_id
from shared.bus.local import LocalTransport
from shared.config import Settings
from shared.contracts import SERVICES, Contract, intake, routing
from shared.db import Database
from shared.district import load
from shared.permissions import ROLE_NAMES, User
from shared.runtime import Runtime
from shared.sealing import give_keys
from shared.track_link import track_token
from shared.uploads.files import Lost, digest, new_key, new_name
from shared.uploads.links import link_to
from shared.web.auth import COOKIE, issue_token
from tests.support import (
    permission_world_deliberation,
    permission_world_grids,
    permission_world_hotline,
    permission_world_ledger,
    permission_world_rosters,
    slots_world,
)
from tests.support.keys import KEYS

SECRET = "a secret of throw-away tests, long enough"
PASSWORD = "Xiangshan-2026-yes"
PIXEL = b"\x89PNG\r\n\x1a\n of a test"
EARNED = 200
MARKS = (
    "archived", "case", "refusal", "order", "message", "need", "voucher", "file", "title", "phone",
    "problem", "cluster", "hotline_order",
)  # fmt: skip
MAY_CHANGE = {"serials", "audit", "audit_head"}
"""Also by who is refused: numbers are taken in blocks and may have gaps, and trying is recorded."""


@dataclass
class Side:
    """Where one half of everything belongs, and the names of what is there."""

    name: str
    community: str
    department: str
    partner: str
    reward: str
    phone: str
    things: dict[str, str] = field(default_factory=dict)

    def marks(self) -> set[str]:
        """What is found in an answer only where something of this side was shown."""
        return {self.things[name] for name in MARKS}


A = ("A", "340603002001", "ga", "demo-nuanxin", "haircut", "13805610001")
B = ("B", "340603009001", "cg", "demo-banlao", "care-hours", "13905610002")


class World:
    """The four applications over their databases, with the same people and things in each."""

    def __init__(self, folder: Path) -> None:
        self.district = load("xiangshan")
        self.runtimes = {name: _runtime(name, folder) for name in SERVICES}
        self.apps = {name: _app(runtime) for name, runtime in self.runtimes.items()}
        self.own, self.other = Side(*A), Side(*B)
        self.users = {role: _user(role, self.own) for role in ROLE_NAMES}
        self.strays = {role: _user(role, None) for role in ROLE_NAMES}
        self._open_ledger()
        self._accounts()
        for side in (self.own, self.other):
            self._fill(side)
        self._files: dict[str, tuple[bytes, bytes]] = {}
        for side in (self.own, self.other):
            self._add_file(side)
        self._raw = {name: _raw(runtime) for name, runtime in self.runtimes.items()}
        self._kept = {name: raw.serialize() for name, raw in self._raw.items()}
        self._count = {name: raw.total_changes for name, raw in self._raw.items()}
        self._tables = {name: self._dump(name) for name in self._raw}

    @staticmethod
    def services(folder: Path) -> dict[str, tuple[flask.Flask, Runtime]]:
        """The four services alone: application and ground, with nothing in their databases."""
        runtimes = {name: _runtime(name, folder) for name in SERVICES}
        return {name: (_app(runtime), runtime) for name, runtime in runtimes.items()}

    # ---- Asking ----

    def ask(self, service: str, user: User | None, request: Mapping[str, Any]) -> Any:
        """Send a request as this person: by token to the API, by cookie to a page."""
        headers = {"Accept-Language": "zh"}
        if not request["path"].startswith("/api/"):
            headers["Accept"] = "text/html"
        if user is not None:
            token = issue_token(user, SECRET)
            name = "Authorization" if request["path"].startswith("/api/") else "Cookie"
            headers[name] = f"Bearer {token}" if name == "Authorization" else f"{COOKIE}={token}"
        client = self.apps[service].test_client(use_cookies=False)
        body = {name: request[name] for name in ("json", "data") if name in request}
        return client.open(request["path"], method=request["method"], headers=headers, **body)

    def changed(self) -> list[str]:
        """The tables that are not as they were at first."""
        found = []
        for name, raw in self._raw.items():
            if raw.total_changes != self._count[name]:
                now, before = self._dump(name), self._tables[name]
                found += [f"{name}.{table}" for table in now if now[table] != before[table]]
        return found

    def restore(self) -> None:
        """Everything is again as it was at first."""
        for name, raw in self._raw.items():
            if raw.total_changes != self._count[name]:
                raw.deserialize(self._kept[name])
                self._count[name] = raw.total_changes
        vault = files_actions.vault(self.runtimes["intake"])
        for stored, (data, key) in self._files.items():
            try:
                vault.read(stored, key)
            except Lost:
                vault.keep(stored, data, key)

    def things(self, side: Side, user: User | None) -> dict[str, str]:
        """What a request can name of this side."""
        link = link_to(side.things["file"], f"staff:{user.username if user else ''}", SECRET)
        return side.things | {"link": link, "me": user.username if user else "nobody"}

    # ---- Making ----

    def _open_ledger(self) -> None:
        runtime = self.runtimes["partners"]
        system = {"kind": "system", "balance": None, "version": 1}
        rows = [{"code": code} | system for code in ledger.SYSTEM_ACCOUNTS]
        with runtime.database.engine.begin() as connection:
            connection.execute(passbooks.insert(), rows)
        handlers_partners.take_pack(runtime)

    def _accounts(self) -> None:
        from services.intake.staff.passwords import hash_password  # noqa: PLC0415 - slow to import

        kept = hash_password(PASSWORD)
        run = self.runtimes["intake"].database.run
        for user in (*self.users.values(), *(_clerk(side) for side in (self.own, self.other))):
            run(lambda tx, user=user: accounts.add(tx, user, kept))

    def _fill(self, side: Side) -> None:
        community = self.district.communities[side.community]
        side.things |= {
            "community": side.community,
            "department": side.department,
            "partner": side.partner,
            "reward": side.reward,
            "phone": side.phone,
            "title": f"路灯不亮·{side.name}·{side.community}",
            "clerk": _clerk(side).username,
        }
        desk = Actor("first", "周敏", "desk", side.community)
        asked = Acceptance(
            desk, side.community, "王建国", side.phone, title=side.things["title"], kind="complaint"
        )
        wanted = dataclasses.replace(
            asked, title="开具无犯罪记录证明", kind="application", description="无犯罪记录证明"
        )
        run = self.runtimes["intake"].database.run
        case = run(lambda tx: handlers.accept_case(tx, asked)).case
        refusal = run(lambda tx: handlers.accept_case(tx, wanted)).refusal
        if case is None or refusal is None:
            raise LookupError("the pack takes the complaint and refuses the certificate no more")
        side.things |= {"case": case.number, "refusal": refusal.number}
        side.things["token"] = track_token(case.number, SECRET)
        self._archive(side, asked)
        side.things |= slots_world.fill(self.runtimes["intake"], side.community, side.phone, desk)
        permission_world_rosters.fill(run, side, SECRET)
        permission_world_grids.fill(run, side, desk)
        permission_world_hotline.fill(run, side)
        permission_world_ledger.fill(run, side, desk, self.district.items)
        permission_world_deliberation.fill(run, side, SECRET)
        where = {"code": side.community, "name": community.name}
        about = {
            "number": case.number,
            "title": side.things["title"],
            "community": where,
            "applicant": {"name": "王建国", "phone": side.phone},
        }
        self._order(side, about)
        self._messages(side, about)
        self._need(side)
        self._voucher(side)

    def _archive(self, side: Side, asked: Acceptance) -> None:
        """One matter of the side that is done and archived; the others go on."""
        runtime = self.runtimes["intake"]
        run, by = runtime.database.run, asked.actor
        case = run(lambda tx: handlers.accept_case(tx, asked)).case
        if case is None:
            raise LookupError("the pack takes the complaint no more")
        run(lambda tx: handlers.withdraw_case(tx, case.number, by, "不办了"))
        ended = archive.end_day(runtime, side.community, by)
        side.things["archived"] = case.number
        side.things["archived_day"] = ended.report.day.isoformat()

    def _order(self, side: Side, about: Mapping[str, Any]) -> None:
        said = _event(intake.transferred, 2, about | {"department": side.department})
        run = self.runtimes["routing"].database.run
        run(lambda tx: routing_handlers.open_order(tx, said))
        side.things["order"] = f"{about['number']}-1"
        asked = FollowUp(
            number=f"{about['number']}-1-f1",
            order_number=side.things["order"],
            case_number=about["number"],
            department=side.department,
            community_code=side.community,
            matter="",
            replied_at=clock.now(),
            due_by=clock.now(),
        )
        run(lambda tx: follow_ups.add(tx, asked))
        side.things["follow_up"] = asked.number
        self._problem(side)
        self._mailed_form(side)

    def _problem(self, side: Side) -> None:
        """The side's department leads one, made by hand; a cluster, a candidate, a look-back."""
        run, order = self.runtimes["routing"].database.run, side.things["order"]
        answer = Answer(side.department, (), "分管负责人")
        draft = Draft(f"路灯反复不亮·{side.name}", "by_hand", answer, orders=(order,))
        problem = run(lambda tx: problem_handlers.open_problem(tx, draft, "高明"))
        looked_at = LookBack(
            number=f"{order}-h1",
            problem_number=None,
            order_number=order,
            department=side.department,
            due_by=clock.now(),
            created_at=clock.now(),
            created_by="高明",
        )
        run(lambda tx: look_back_store.add(tx, looked_at))
        run(lambda tx: problem_store.propose(tx, Candidate(order, ["long_unsolved"], clock.now())))
        trace = Trace(
            side.things["case"],
            order,
            side.community,
            "",
            f"路灯 不亮 {side.name}",
            None,
            clock.now(),
        )
        cluster = new_cluster(f"JL-261123-0000{side.name}", trace)
        run(lambda tx: cluster_store.add(tx, cluster))
        run(lambda tx: cluster_store.change_trace(tx, trace.case_number, cluster=cluster.number))
        side.things |= {
            "problem": problem.number,
            "cluster": cluster.number,
            "look_back": looked_at.number,
        }

    def _mailed_form(self, side: Side) -> None:
        """The side's department gets mails; the link of its order, and one of another's order."""
        channel = Channel(
            side.department, MAIL, f"orders@{side.department}.example.gov.cn", "", "", None,
            clock.now(), True, "高敏", clock.now(), 0, "", None, None, None, 1,  # noqa: FBT003
        )  # fmt: skip
        self.runtimes["routing"].database.run(lambda tx: channel_store.add(tx, channel))
        wrong = Channel(**dataclasses.asdict(channel) | {"department": "zj"})
        side.things |= {
            "form": form_token(SECRET, channel, side.things["order"]),
            "wrong_form": form_token(SECRET, wrong, side.things["order"]),
        }

    def _messages(self, side: Side, about: Mapping[str, Any]) -> None:
        from tests.unit.notify import stand  # noqa: PLC0415 - it looks into the service's class

        runtime = self.runtimes["notify"]
        stand.hear(runtime, _event(intake.accepted, 1, about))
        sent = about | {
            "number": side.things["order"],
            "case_number": side.things["case"],
            "department": side.department,
        }
        stand.hear(runtime, _event(routing.dispatched, 1, sent))
        told = sa.select(messages.c.id).where(
            messages.c.community == side.community, messages.c.audience == TO_DEPARTMENT
        )
        with runtime.database.read() as connection:
            side.things["message"] = connection.execute(told).scalars().first()

    def _need(self, side: Side) -> None:
        number = f"{side.things['case']}-n1"
        need = NeedRow(
            number=number,
            state=OFFERED,
            category="repair",
            community=side.community,
            version=1,
            case_number=side.things["case"],
            case_version=2,
            title=side.things["title"],
            wish="换一盏灯",
            community_name="社区",
            owner="first",
            owner_name="周敏",
            applicant="王建国",
            phone=side.phone,
            raised_at=clock.now(),
            offered_at=clock.now(),
            changed_at=clock.now(),
        )
        run = self.runtimes["partners"].database.run
        run(lambda tx: store.add_need(tx, need))
        run(lambda tx: store.add_offers(tx, number, [Match(side.partner, 1, ())]))
        side.things["need"] = number

    def _voucher(self, side: Side) -> None:
        run = self.runtimes["partners"].database.run
        earned = ledger.earn(side.partner, EARNED, side.things["need"], "换灯")
        run(lambda tx: ledger_store.post(tx, earned, "test"))
        bought = run(lambda tx: handlers_points.redeem(tx, side.partner, side.reward, "test"))
        side.things["voucher"] = bought.voucher

    def _add_file(self, side: Side) -> None:
        file = CaseFile(
            id=(side.name.lower() * 32),
            case_number=side.things["case"],
            kind=PHOTO,
            material="",
            media_type="application/pdf",
            size=len(PIXEL),
            sm3=digest(PIXEL),
            name="灯.pdf",
            stored=new_name(),
            key=new_key(),
            by_username="first",
            by="周敏",
            at=clock.now(),
        )
        runtime = self.runtimes["intake"]
        runtime.database.run(lambda tx: files_store.add(tx, file))
        files_actions.vault(runtime).keep(file.stored, PIXEL, file.key)
        self._files[file.stored] = (PIXEL, file.key)
        side.things["file"] = file.id

    def _dump(self, service: str) -> dict[str, list[Any]]:
        raw = self._raw[service]
        names = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        tables = [name for (name,) in names if name not in MAY_CHANGE]
        return {name: raw.execute(f"SELECT * FROM {name}").fetchall() for name in tables}  # noqa: S608


def _runtime(name: str, folder: Path) -> Runtime:
    """A service on a database in memory, with its tables."""
    settings = Settings(
        embedded=True,
        district="xiangshan",
        data_dir=folder,
        database_url="",
        amqp_url="",
        secret_key=SECRET,
        address="127.0.0.1:0",
        data_keys=KEYS,
    )
    models: Any = importlib.import_module(f"services.{name}.models")
    arguments = {"check_same_thread": False}
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool, connect_args=arguments)
    give_keys(engine, KEYS)
    models.metadata.create_all(engine)
    district = load("xiangshan")
    database = Database(
        engine,
        service=name,
        district=district,
        serials=models.bus.serials,
        settings=settings,
        audit=models.audit,
    )
    transport = LocalTransport(f"sqlite:///{folder / 'bus.sqlite'}", KEYS)
    return Runtime(name, settings, district, database, models.bus, transport)


def _app(runtime: Runtime) -> flask.Flask:
    app: flask.Flask = importlib.import_module(f"services.{runtime.service}.site").create_app(
        runtime
    )
    app.config["WTF_CSRF_ENABLED"] = False  # who may do what is asked here, not from where
    return app


def _raw(runtime: Runtime) -> Any:
    with runtime.database.engine.connect() as connection:
        return connection.connection.driver_connection


def _user(role: str, side: Side | None) -> User:
    """Somebody of this role on a side; on none, whose account names no place."""
    if side is None:
        return User(f"stray-{role.replace('_', '-')}", "无名", role)
    place = {
        "desk": {"community": side.community},
        "back_office": {"community": side.community},
        "grid": {"community": side.community, "grids": (f"{side.community}001",)},
        "manager": {"community": side.community},
        "department": {"department": side.department},
        "leader": {"department": side.department},
        "partner": {"partner": side.partner},
    }
    return User(f"own-{role.replace('_', '-')}", "高明", role, **place.get(role, {}))


def _clerk(side: Side) -> User:
    """Somebody whose account is looked at."""
    return User(f"clerk-{side.name.lower()}", "丁一", "desk", community=side.community)


def _event(contract: Contract, version: int, changes: Mapping[str, Any]) -> Event:
    known = dict(contract.example)
    data = known | {name: value for name, value in changes.items() if name in known}
    contract.check(data)
    source = f"/{contract.owner}"
    return Event(new_id(), contract.type, source, data["number"], clock.now(), version, data)
