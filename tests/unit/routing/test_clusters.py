"""What belongs together and what only looks like it; growth; once, however many replicas look."""

import threading

import pytest

from services.routing.problems import cluster_handlers, cluster_store, handlers, words
from services.routing.problems.cluster import DISMISSED, OVER, PROBLEM, WATCHED
from services.routing.problems.place import Place, place_of
from services.routing.problems.problem import Answer
from services.routing.rules import Refused
from services.routing.supervision import supervision_for
from shared.clock import now
from tests.unit.routing import ground
from tests.unit.routing.ground import at
from tests.unit.routing.problem_ground import (
    BY,
    DISTRICTS,
    NOISE,
    Desk,
    attached_to,
    database,
    day,
    do,
    erase,
    plans,
)


@pytest.fixture(params=DISTRICTS)
def desk(request):
    with at():
        yield Desk(database(request.param))


@pytest.fixture
def one_desk():
    with at():
        yield Desk(database())


# -- places ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("幸福路 12 号楼下", Place("幸福路", "12号")),
        ("相山区相南街道黎苑社区阳光小区三栋2单元501", Place("阳光小区", "3栋")),
        ("住在阳光小区3号楼旁边", Place("阳光小区", "3栋")),
        ("阳光小区十二栋", Place("阳光小区", "12栋")),
        ("淮海路15号阳光花园2幢", Place("阳光花园", "2栋")),
        ("人民路与孟山路交叉口", Place("人民路")),
        ("老菜市场门口", Place("老菜市场")),
        ("马路边", None),
        ("", None),
        ("家里", None),
    ],
)
def test_a_place_is_recognised_down_to_the_building(text, place):
    assert place_of(text) == place


def test_unit_and_door_are_never_kept():
    kept = place_of("阳光小区3栋2单元501室")
    assert kept is not None
    assert "501" not in kept.text
    assert "2单元" not in kept.text


def test_the_location_comes_before_the_title():
    assert place_of("幸福路3号", "阳光小区停水") == Place("幸福路", "3号")
    assert place_of("", "阳光小区停水") == Place("阳光小区")


# -- words -----------------------------------------------------------------------------------------


def test_content_words_name_nobody_and_no_place():
    text = words.content(
        "反映王建国在幸福路烧烤店夜间噪声扰民 13812340000", "王建国", without=["幸福路"]
    )
    assert text == "烧烤店夜间噪声扰民"


def test_what_half_of_the_titles_say_is_shown_in_its_longest_form():
    counts: dict[str, int] = {}
    for title in ("夜间噪声扰民", "烧烤店夜间噪声", "夜间噪声很大"):
        counts = words.add(counts, words.content(title))
    assert words.shared(counts, 3) == ["夜间噪声"]


def test_shared_words_are_words_not_scraps_of_each_other():
    counts: dict[str, int] = {}
    titles = ("烧烤店夜间噪声扰民", "夜间烧烤店噪声太大", "烧烤店夜间噪声", "烧烤店夜间噪声没人管")
    for title in titles:
        counts = words.add(counts, words.content(title))
    assert words.shared(counts, 4) == ["烧烤店", "噪声", "夜间"]


def test_words_taken_away_leave_what_others_said():
    counts = words.add(words.add({}, "夜间噪声"), "夜间施工")
    left = words.take_away(counts, "夜间噪声")
    assert left == words.add({}, "夜间施工")


# -- belonging together ----------------------------------------------------------------------------


def test_similar_words_about_one_matter_in_one_community_belong_together(desk):
    desk.order("烧烤店夜间噪声扰民")
    desk.order("夜间烧烤店噪声太大")
    desk.order("楼下烧烤店夜间噪声")
    found = desk.clusters()
    assert [one.size for one in found] == [3]
    assert "烧烤店" in "".join(found[0].shared_words)


def test_another_community_is_another_cluster(desk):
    desk.order(community=0)
    desk.order(community=1)
    assert desk.sizes() == [1, 1]


def test_other_words_are_another_cluster(desk):
    desk.order("烧烤店夜间噪声扰民")
    desk.order("路灯不亮看不见路")
    assert desk.sizes() == [1, 1]


def test_another_estate_is_another_cluster_whatever_the_words(desk):
    desk.order("电梯坏了停运", location="阳光小区3栋")
    desk.order("电梯坏了停运", location="锦绣花园3栋")
    assert desk.sizes() == [1, 1]


def test_two_houses_of_one_road_are_one_cluster_named_by_the_road(desk):
    desk.order("烧烤店油烟扰民", location="幸福路12号")
    desk.order("烧烤店油烟扰民", location="幸福路20号")
    (found,) = desk.clusters()
    assert found.size == 2
    assert found.place == Place("幸福路")


def test_one_building_needs_fewer_words_in_common(desk):
    item = next(iter(desk.db.district.items.values()))
    same = {"item": {"code": item.code, "name": item.name}, "location": "阳光小区3栋"}
    desk.order("水管漏水厉害淹了地下室", **same)
    desk.order("地下室积水臭气熏天难闻", **same)
    assert desk.sizes() == [2]
    desk.order("地下室积水臭气熏天难闻", location="", item=same["item"], community=1)
    desk.order("水管漏水厉害淹了楼道间", location="", item=same["item"], community=1)
    assert desk.sizes() == [2, 1, 1]


def test_another_matter_is_another_cluster(desk):
    first, second = list(desk.db.district.items.values())[:2]
    desk.order(item={"code": first.code, "name": first.name})
    desk.order(item={"code": second.code, "name": second.name})
    assert desk.sizes() == [1, 1]


def test_what_comes_after_the_window_begins_a_new_cluster(desk):
    days = supervision_for(desk.db.district).clusters.days
    desk.order()
    desk.gather()
    with at(day(days)):
        desk.order()
        assert desk.sizes() == [2], "exactly the window is within it"
    with at(day(2 * days + 1)):
        desk.order()
        assert desk.sizes() == [2, 1]


def test_a_case_that_is_transferred_anew_counts_once(one_desk):
    one_desk.order(number=ground.CASE)
    one_desk.order(number=ground.CASE, transfer=2)
    assert one_desk.sizes() == [1]
    with one_desk.db.read() as connection:
        (trace,) = cluster_store.traces_of(connection, one_desk.clusters()[0].number)
    assert trace.order_number == f"{ground.CASE}-2"


# -- growth ----------------------------------------------------------------------------------------


def ranked(desk):
    rule = supervision_for(desk.db.district).clusters
    query = cluster_store.growing(WATCHED, now(), rule.days, rule.least)
    with desk.db.read() as connection:
        found, total = cluster_store.rank(connection, query, rule.days, 1, 50)
    return [(one.community_code, growth.now, growth.before) for one, growth in found], total


def test_ranking_by_growth_as_counted_by_hand(desk):
    """Window before / this window: A 1/5 (+4), B 4/6 (+2), C 5/4 (-1), D 0/2 (too few)."""
    days = supervision_for(desk.db.district).clusters.days
    before = {0: 1, 1: 4, 2: 5}
    this = {0: 5, 1: 6, 2: 4, 3: 2}
    with at(day(1)):
        for community, n in before.items():
            desk.orders(n, community=community)
    with at(day(days)):
        for community, n in this.items():
            desk.orders(n, community=community)
        desk.gather()
    with at(day(days + 10)):
        codes = [one.code for one in desk.communities]
        expected = [(codes[0], 5, 1), (codes[1], 6, 4), (codes[2], 4, 5)]
        assert ranked(desk) == (expected, 3)


def test_a_cluster_that_went_quiet_is_not_ranked(one_desk):
    one_desk.orders(5)
    one_desk.gather()
    with at(day(29)):
        assert ranked(one_desk) == ([], 0)


# -- deciding --------------------------------------------------------------------------------------


def made(desk, n=3):
    desk.orders(n)
    (cluster,) = desk.clusters()

    def work(tx):
        one = cluster_store.load(tx, cluster.number)
        answer = cluster_handlers.answer_of(tx, one)
        return cluster_handlers.make_problem(tx, one, "烧烤噪声反复", answer, note="", by=BY)

    return desk.db.run(work), cluster.number


def test_one_act_makes_a_problem_of_all_its_orders_and_later_ones_join(desk):
    problem, number = made(desk)
    assert len(attached_to(desk.db, problem.number)) == 3
    assert problem.why == "standing"
    desk.orders(2)
    assert len(attached_to(desk.db, problem.number)) == 3, "not before they are in the cluster"
    (cluster,) = desk.clusters()
    assert (cluster.number, cluster.state, cluster.size) == (number, PROBLEM, 5)
    assert len(attached_to(desk.db, problem.number)) == 5
    desk.order("路灯不亮看不见路")
    desk.gather()
    assert len(attached_to(desk.db, problem.number)) == 5


@pytest.mark.parametrize("ends", [False, True])
def test_a_case_transferred_anew_stays_with_its_problem_and_is_pressed_if_it_comes_back(
    one_desk, ends
):
    one_desk.order(number=ground.CASE)
    (problem, _), db = made(one_desk, n=2), one_desk.db
    number = problem.number
    do(db, number, handlers.solve, "都停业整改了")
    if ends:
        do(db, number, handlers.held, "没有反弹")
    again = one_desk.order(number=ground.CASE, transfer=2)
    assert {ground.ORDER, again} <= set(attached_to(db, number))
    do(db, number, handlers.came_back, "又开了")
    assert (ground.order_of(db, ground.ORDER).level, ground.order_of(db, again).level) == (0, 2)


def test_a_problem_is_made_of_a_cluster_once(one_desk):
    _, number = made(one_desk)
    lead = Answer("ga", (), "分管副局长")

    def again(tx):
        one = cluster_store.load(tx, number)
        cluster_handlers.make_problem(tx, one, "再来一次", lead, note="", by=BY)

    with pytest.raises(Refused, match="已列入问题清单"):
        one_desk.db.run(again)


def test_after_its_problem_is_closed_what_comes_is_a_new_cluster(one_desk):
    problem, number = made(one_desk)
    do(one_desk.db, problem.number, handlers.close, "已由上级统一处理")
    one_desk.orders(3)
    found = {one.number: one for one in one_desk.clusters()}
    assert found[number].state == OVER
    assert sorted(one.size for one in found.values()) == [3, 3]
    assert len(attached_to(one_desk.db, problem.number)) == 3


def test_dismissing_needs_a_reason_and_can_be_taken_back(one_desk):
    one_desk.orders(3)
    (cluster,) = one_desk.clusters()

    def act(handler, *args: object):
        one_desk.db.run(
            lambda tx: handler(tx, cluster_store.load(tx, cluster.number), *args, by=BY)
        )

    with pytest.raises(Refused):
        act(cluster_handlers.dismiss, " ")
    act(cluster_handlers.dismiss, "王建国说施工月底结束")
    (dismissed,) = one_desk.clusters()
    assert dismissed.state == DISMISSED
    assert "王建国" not in dismissed.reason
    assert "说施工月底结束" in dismissed.reason
    assert ranked(one_desk) == ([], 0)
    act(cluster_handlers.restore)
    assert one_desk.clusters()[0].state == WATCHED


# -- nothing twice, nothing left -------------------------------------------------------------------


def test_two_replicas_put_each_order_into_one_cluster(tmp_path):
    url = f"sqlite:///{tmp_path / 'routing.sqlite'}"
    with at():
        desk = Desk(database(url=url))
        desk.orders(40)
        desk.orders(40, community=1)
        second = database(url=url)
        faults = []

        def look(db):
            try:
                while db.run(cluster_handlers.gather):
                    pass
            except Exception as error:  # noqa: BLE001 - told to the test
                faults.append(error)

        threads = [threading.Thread(target=look, args=(db,)) for db in (desk.db, second)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert faults == []
        assert desk.sizes() == [40, 40]


def test_nothing_of_an_erased_person_stays(one_desk):
    name = "欧阳春晓"
    person = {"name": name, "phone": "13800000000"}
    one_desk.order("路灯不亮", applicant=person, number=ground.CASE, location="幸福路12号")
    (cluster,) = one_desk.clusters()
    assert cluster.counts
    assert cluster.place == Place("幸福路", "12号")
    erase(one_desk.db, ground.CASE)
    (cluster,) = one_desk.clusters()
    assert (cluster.counts, cluster.place, cluster.size) == ({}, None, 1)
    with one_desk.db.read() as connection:
        (trace,) = cluster_store.traces_of(connection, cluster.number)
    assert (trace.words, trace.place) == ("", None)


def test_what_others_said_stays_when_one_is_erased(one_desk):
    one_desk.order(number=ground.CASE, location="幸福路12号")
    one_desk.orders(2, location="幸福路14号")
    before = one_desk.clusters()[0].shared_words
    erase(one_desk.db, ground.CASE)
    (cluster,) = one_desk.clusters()
    assert cluster.shared_words == before
    assert cluster.place is not None
    assert cluster.place.area == "幸福路"


def test_a_case_erased_before_its_order_leaves_no_trace(one_desk):
    erase(one_desk.db, ground.CASE)
    one_desk.order(number=ground.CASE)
    assert one_desk.clusters() == []


def test_places_are_sealed_and_words_are_not(tmp_path):
    with at():
        desk = Desk(database(url=f"sqlite:///{tmp_path / 'routing.sqlite'}"))
        desk.order(NOISE, location="朝阳北路77号3单元")
        desk.gather()
        desk.db.engine.dispose()
    stored = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert "朝阳北路".encode() not in stored
    assert "烧烤店".encode() in stored


# -- however many orders there are -----------------------------------------------------------------


def test_ranking_and_gathering_look_at_no_order_and_scan_nothing(one_desk):
    one_desk.orders(3)
    one_desk.gather()
    one_desk.orders(1)
    said = plans(one_desk.db, lambda: (ranked(one_desk), one_desk.db.run(cluster_handlers.gather)))
    looked_at = [line for line in said if line.startswith(("SCAN", "SEARCH"))]
    assert any("clusters_several" in line for line in looked_at)
    assert any("traces_cluster" in line for line in looked_at)
    assert any("clusters_alike" in line for line in looked_at)
    assert [line for line in looked_at if " orders" in line] == []
    whole = [line for line in looked_at if line.startswith("SCAN") and "INDEX" not in line]
    assert [line for line in whole if "traces" in line or "clusters" in line] == []


def test_those_that_wait_are_found_by_date_without_sorting_them_all(one_desk):
    """SQLite reads them from traces_cluster or traces_waiting: either has them by date."""
    one_desk.orders(2)
    said = plans(
        one_desk.db, lambda: one_desk.db.run(lambda tx: cluster_store.waiting_traces(tx, 200))
    )
    found = [line for line in said if " traces" in line]
    assert len(found) == 1
    assert "traces_waiting" in found[0] or "traces_cluster (cluster=?)" in found[0]
    assert "USE TEMP B-TREE FOR ORDER BY" not in said
