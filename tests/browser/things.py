"""One of everything that pages' addresses name, made through the API of a district that runs."""

from io import BytesIO
from typing import Any

import openpyxl

from services.catalogue import parts_of, runtime_for, transport_for
from services.routing.channels import store
from services.routing.channels.channel import MAIL, Channel
from services.routing.channels.links import form_token
from shared import clock
from shared.booking_link import booking_token
from shared.config import embedded
from shared.district import load
from shared.track_link import track_token
from tests.browser.friday import last_friday
from tests.support.embedded import Run
from tests.support.waiting import wait_until
from tools.client import Baitong, Json, Person, Refused

PHONE = "13805610077"
APPLICANT = {"name": "张桂兰", "phone": PHONE}
ALLOWANCE = "G-01"
IN_NOTICE = "A-09"
PATIENCE = 120.0
"""Seconds, for what a timer does every half a minute."""
ALIKE = range(2)
"""With the first order, as many of one matter as make a cluster."""

PARTIES = ("community", "property", "residents")
SIX_STEPS: tuple[tuple[str, Json], ...] = (
    ("advance", {}),
    (
        "meet",
        {"platform": "muling", "attendance": [{"party": one, "people": 3} for one in PARTIES]},
    ),
    ("advance", {}),
    ("advance", {"reason": "议定即可"}),
    ("advance", {"reason": "不用花钱"}),
    (
        "decide",
        {
            "question": "每周六一起清理吗",
            "entitled": 12,
            "present": 9,
            "votes_for": 9,
            "votes_against": 0,
            "abstained": 0,
        },
    ),
    ("advance", {}),
    ("grade", {"score": 5}),
    ("settle", {"result": "大家约好周六一起清理"}),
    ("publish", {"words": "每周六一起清理楼道"}),
)
"""How a matter is talked over until everybody may read what was decided."""


def make_things(run: Run) -> dict[str, str]:
    """By the names that addresses.py uses."""
    baitong, secret = run.baitong, (run.data / "secret.key").read_text("utf-8").strip()
    desk, manager = baitong.person("desk"), baitong.person("manager")
    community = desk.user["community"]
    made = {"community": community, "item": ALLOWANCE, "partner": "demo-nuanxin"}
    made |= _archived(desk, manager, community) | _cases(desk, secret)
    with clock.set_for_tests(last_friday()):  # as the district's, or its links are not valid yet
        mailbox = _mailbox(run)
        made |= {"order": _order(desk, baitong.person("dept-ga"))}
        made |= {"form": form_token(secret, mailbox, made["order"])}
    made |= _orders(baitong, desk, made["order"])
    made |= _slots(baitong, community, secret) | _grid_work(baitong) | _talks(desk, made["day"])
    made |= _hotline(baitong) | {"need": _need(desk)}
    made |= _ledger(baitong)
    manager.post("/api/intake/rosters/plan", {})
    calendar = desk.post("/api/intake/rosters/calendars", {})
    return made | {"calendar": calendar["id"]}


def _cases(desk: Person, secret: str) -> dict[str, str]:
    wanted = desk.get(f"/api/intake/items/{ALLOWANCE}")["materials"]
    required = [one["name"] for one in wanted if one["required"]]
    noticed = desk.accept(item=ALLOWANCE, materials=required[:1])["number"]
    desk.act(noticed, "notice")
    promised = desk.accept(item=ALLOWANCE, materials=required)["number"]
    refused = desk.accept("申请公租房", kind="application")["number"]
    desk.act(refused, "refuse", reason="不符合规定的条件")
    shown = desk.accept(item=IN_NOTICE)["number"]
    desk.act(shown, "publish")
    done = desk.accept("路灯不亮", kind="complaint")["number"]
    desk.act(done, "resolve", result="已更换灯泡")
    return {
        "case": desk.accept("楼道堆了杂物", kind="complaint")["number"],
        "done": done,
        "noticed": noticed,
        "promised": promised,
        "refused": refused,
        "published": shown,
        "refusal": _refusal(desk),
        "track": track_token(noticed, secret),
    }


def _refusal(desk: Person) -> str:
    try:
        desk.accept("开具无犯罪记录证明", kind="application", description="无犯罪记录证明")
    except Refused as refused:
        return str(refused.problem["refusal"]["number"])
    raise LookupError("the pack refuses this certificate no more")


def _archived(desk: Person, manager: Person, community: str) -> dict[str, str]:
    ended = desk.accept("问路", kind="question")["number"]
    desk.act(ended, "withdraw", reason="不问了")
    day = manager.post("/api/intake/archive/end-day", {"community": community})
    return {"archived": ended, "day": day["report"]["day"]}


def _orders(baitong: Baitong, desk: Person, order: str) -> dict[str, str]:
    police, supervisor = baitong.person("dept-ga"), baitong.person("supervisor")
    answered, _ = (_order(desk, police) for _ in ALIKE)
    police.answer(answered, "signed")
    police.answer(answered, "completed", result="已约谈店主，二十二点后停用音响。")
    asked = {"order": answered}
    look_back = supervisor.post("/api/routing/look-backs", asked)
    problem = {"title": "夜间噪声反复", "lead": "ga", "responsible": "分管副局长"}
    case = order.rpartition("-")[0]
    return {
        "look_back": look_back["number"],
        "problem": supervisor.post("/api/routing/problems", problem)["number"],
        "follow_up": _first(supervisor, "/api/routing/follow-ups"),
        "cluster": _first(supervisor, "/api/routing/clusters"),
        "message": wait_until(lambda: desk.messages(case), what=f"a message about {case}")[0]["id"],
    }


def _order(desk: Person, police: Person) -> str:
    case = desk.accept("楼下烧烤店夜间噪声扰民", kind="complaint", location="幸福路 12 号楼下")
    desk.act(case["number"], "transfer", department="ga", reason="超出社区职责")
    found = wait_until(lambda: police.orders_of(case["number"]), what="the order")
    return str(found[0]["number"])


def _first(reader: Person, path: str) -> str:
    found = wait_until(lambda: reader.get(path)["items"], PATIENCE, what=f"one of {path}")
    return str(found[0]["number"])


def _mailbox(run: Run) -> Channel:
    """The department's, written as `department onboard` would: `make run` sends no mail."""
    channel = Channel(
        "ga", MAIL, "orders@ga.example.gov.cn", "", "", None, clock.now(), True, "黄伟",  # noqa: FBT003
        clock.now(), 0, "", None, None, None, 1,
    )  # fmt: skip
    settings, routing = embedded(run.env), parts_of("routing")
    runtime = runtime_for(routing, settings, load("xiangshan"), transport_for(settings))
    runtime.database.run(lambda tx: store.add(tx, channel))
    runtime.database.engine.dispose()
    return channel


def _slots(baitong: Baitong, community: str, secret: str) -> dict[str, str]:
    anyone, baitong_api = baitong.anyone(), "/api/intake"
    free = anyone.get(f"{baitong_api}/open-slots", community=community)["items"]
    later = [one for one in free if one["kind"] == "desk"][-1]
    wish = APPLICANT | {"slot": later["id"], "item": ALLOWANCE}
    booking = anyone.post(f"{baitong_api}/appointments", wish)["number"]
    ticket = anyone.post(f"{baitong_api}/queue/{community}/tickets", {"kind": "general"})
    return {
        "slot": free[-1]["id"],
        "booking": booking,
        "booked": booking_token(booking, secret),
        "ticket": ticket["id"],
    }


def _grid_work(baitong: Baitong) -> dict[str, str]:
    hazard = {
        "id": "5f0c7d0e-0000-4000-8000-000000000001",
        "kind": "hazard",
        "category": "light",
        "words": "楼道灯不亮",
        "place": "三号楼",
    }
    notice = {"addressee": "好再来面馆", "place": "东街 12 号", "wrong": "没有报警装置"}
    cared = {"name": "钱桂兰", "address": "三号楼", "groups": ["elderly"], "worker": "grid"}
    desk, grid = baitong.person("desk"), baitong.person("grid")
    return {
        "report": grid.post("/api/intake/reports", hazard)["number"],
        "rectification": desk.post("/api/intake/rectifications", notice)["number"],
        "care": desk.post("/api/intake/care", cared)["number"],
    }


def _talks(desk: Person, day: str) -> dict[str, str]:
    path = "/api/intake/deliberations"
    raised = {"title": "楼道堆物", "kind": "neighbours", "parties": ["community", "residents"]}
    open_one, decided = (desk.post(path, raised)["number"] for _ in range(2))
    for verb, said in SIX_STEPS:
        day_of = {"at": f"{day}T08:30"} if verb == "meet" else {}
        desk.post(f"{path}/{decided}/{verb}", said | day_of)
    return {"matter": open_one, "decided": decided}


def _ledger(baitong: Baitong) -> dict[str, str]:
    """A demand, a proposal that waits, and the version that came of another."""
    desk, path = baitong.person("desk"), "/api/intake/catalogue"
    heard = desk.post("/api/intake/demands", {"words": "想在小区里办个食堂"})
    wish = {"change": "withdraw", "why": "一年没有人办"}
    accepted, waits = (
        desk.post(f"{path}/proposals", wish | {"code": code})["number"] for code in ("G-32", "G-31")
    )
    decision = {"decision": "accept", "reason": "同意"}
    baitong.person("supervisor").post(f"{path}/proposals/{accepted}/decide", decision)
    version = desk.get(f"{path}/versions")["items"][0]
    return {"demand": heard["number"], "proposal": waits, "version": str(version["number"])}


def _hotline(baitong: Baitong) -> dict[str, str]:
    """A spreadsheet with one row that is right and one that is not."""
    book, sent = openpyxl.Workbook(), BytesIO()
    rows = (
        ("工单编号", "联系人", "联系电话", "所属社区", "诉求类型", "诉求内容"),
        ("SL-0001", "王建国", "13805610009", "供电社区", "投诉", "路灯不亮"),
        ("SL-0002", "王建国", "123", "外地某社区", "投诉", "路灯不亮"),
    )
    for row in rows:
        book.active.append(row)
    book.save(sent)
    supervisor: Any = baitong.person("supervisor")
    path, files = "/api/intake/hotline", {"file": ("工单.xlsx", sent.getvalue())}
    begun: Json = supervisor._call("POST", f"{path}/files", files=files)

    def worked_off() -> bool:
        return bool(supervisor.get(f"{path}/imports/{begun['id']}")["state"] == "done")

    wait_until(worked_off, what="the spreadsheet is worked off")
    return {"import": begun["id"]}


def _need(desk: Person) -> str:
    case = desk.accept("独居老人家中水管漏水", kind="help")["number"]
    desk.act(case, "need", category="repair", wish="换水管阀门")
    return str(wait_until(lambda: desk.needs(case=case), what="the need is known")[0]["number"])
