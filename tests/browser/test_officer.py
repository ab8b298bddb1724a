"""An officer's morning by the keyboard alone: nothing here touches the mouse."""

import time

import pytest

from tests.browser.keys import Keyboard
from tests.support.waiting import wait_until

ALLOWANCE = "高龄津贴"
PERSON = ("张桂兰", "13805610077")
A_MINUTE = 60
"""Keys, of which people press more than one in a second."""
NOISE = "楼下烧烤店夜间噪声扰民"


@pytest.fixture(scope="module")
def district(run):
    """The rota is planned, and somebody waits."""
    manager = run.baitong.person("manager")
    manager.post("/api/intake/rosters/plan", {})
    community = manager.user["community"]
    run.baitong.anyone().post(f"/api/intake/queue/{community}/tickets", {"kind": "general"})
    return run.baitong


def test_a_morning(district, opened, tmp_path):
    keys = Keyboard(opened("desk"), tmp_path)
    desk = district.person("desk")
    _who_is_on(keys)
    _call_a_ticket(keys)
    _something_is_missing(keys, desk)
    done = _done_on_the_spot(keys, desk)
    _rated(keys, desk, done)
    _to_a_department(keys, desk, district.person("dept-cg"))
    _to_the_back_office(keys, desk)
    _the_day_ends(keys, desk, done)
    print(f"{keys.strokes} keys; pictures in {tmp_path}")


def _who_is_on(keys):
    keys.go("l", "z")
    keys.sees("值班表", "现在在岗", "周敏", "吴倩")
    keys.picture("1-roster")


def _call_a_ticket(keys):
    keys.go("l", "j")
    keys.sees("A001")
    keys.go("n")
    keys.sees("我叫的号", "A001", "1 号窗口")
    keys.picture("2-queue")
    keys.go("a")  # they sit down: what do they want


def _something_is_missing(keys, desk):
    _find(keys, "gljt")
    _who(keys)
    keys.press("Escape", "1", "2")
    keys.go("s")
    keys.sees("受理回执")
    number = keys.number()
    missing = desk.case(number)["missing"]
    assert len(missing) > 1
    keys.go("g")
    keys.sees(*missing)
    keys.go("s")
    keys.sees("一次性告知书", *missing)
    keys.picture("3-notice")
    noticed = desk.case(number)
    assert noticed["state"] == "awaiting_materials"
    assert noticed["notice"]["missing"] == missing


def _done_on_the_spot(keys, desk):
    keys.go("l", "d")
    begun, pressed = time.monotonic(), keys.strokes
    keys.go("n")
    _find(keys, "gljt")
    _who(keys)
    required = [one for one in desk.get("/api/intake/items/G-01")["materials"] if one["required"]]
    keys.press("Escape", *(str(n + 1) for n in range(len(required))), "d")
    keys.write("材料齐全，津贴已核定，次月发放。")
    keys.press("Tab")
    keys.go("Enter")
    keys.sees("受理回执")
    took, strokes = time.monotonic() - begun, keys.strokes - pressed
    print(f"done on the spot with {strokes} keys; the machine needed {took:.1f} s for its part")
    keys.picture("4-done")
    done = desk.case(keys.number())
    assert (done["state"], done["owner"]["username"]) == ("resolved", "desk")
    assert strokes < A_MINUTE
    return keys.number()


def _rated(keys, desk, number):
    keys.go("e")
    keys.tab_to("input[name=grade]")
    _choose(keys, "5")
    keys.go("Control+Enter")
    assert desk.case(number)["rating"]["grade"] == 5


def _to_a_department(keys, desk, city):
    keys.go("l", "d")
    keys.go("n")
    _find(keys, NOISE)
    _who(keys)
    keys.press("Escape")
    keys.go("s")
    number = keys.number()
    keys.go("t")
    keys.write("超出社区职责，需要执法。")
    keys.tab_to("input[name=department]")
    _choose(keys, "cg")
    keys.picture("5-transfer")
    keys.go("Control+Enter")
    orders = wait_until(lambda: city.orders_of(number), what="the order is with 城管")
    assert orders[0]["department"] == "cg"
    assert desk.case(number)["state"] == "transferred"


def _to_the_back_office(keys, desk):
    keys.go("l", "d")
    keys.go("n")
    _find(keys, "gljt")
    _who(keys)
    keys.press("Escape", "1", "2", "3", "4")
    keys.go("s")
    number = keys.number()
    keys.go("b")
    keys.write("需入户核查，居民下午在家。")
    keys.go("Control+Enter")
    case = desk.case(number)
    assert (case["state"], case["owner"]["username"]) == ("in_back_office", "desk")
    keys.go("l", "h")
    keys.sees("社区后台", number)
    keys.picture("6-back-office")


def _the_day_ends(keys, desk, done):
    keys.go("l", "g")
    keys.sees("今天要归档的")
    keys.picture("7-archive")
    keys.go("e")
    keys.sees("日终归档报告", "谁还负责着")
    keys.picture("8-day")
    assert desk.get(f"/api/intake/archive/{done}")["number"] == done


def _choose(keys, value):
    for _ in range(20):
        if keys.page.evaluate("document.activeElement.value") == value:
            keys.press("Space")
            return
        keys.press("ArrowDown")
    raise LookupError(value)


def _find(keys, words):
    keys.write(words)
    keys.go("Enter")


def _who(keys):
    keys.write(PERSON[0])
    keys.press("Tab")
    keys.write(PERSON[1])
