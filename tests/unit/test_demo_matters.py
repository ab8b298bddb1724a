"""What the demonstration tells about fits every district's pack."""

from datetime import UTC, datetime, timedelta

import pytest

from services.intake.deliberation.pack import pack_for
from services.intake.grids.work import work_for
from services.routing.limits import Limit
from services.routing.problems.place import place_of
from services.routing.suggesting.suggest import suggester_for
from services.routing.supervision import supervision_for
from shared.district import load
from tools.demo import by_department, neighbourhood, supervising
from tools.demo.by_department import SLOW
from tools.demo.plan import HOURS_AGO, PLOTS

EXTENSIONS = sorted(plot for plot in {*PLOTS, *HOURS_AGO, *SLOW} if "exten" in plot)
DISPATCHED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # a Friday
LISTED = supervising.listed()


@pytest.fixture(params=["xiangshan", "beiguan", "huainan", "daguan"])
def district(request):
    return load(request.param)


def test_departments_reasons_and_levels_are_the_packs(district):
    rule = supervision_for(district)
    for matters in LISTED.values():
        for matter in matters:
            assert supervising.departments_of(matter) <= set(district.departments)
    assert {one["reason"] for one in LISTED["paused"]} <= set(rule.pauses)
    assert {one["level"] for one in LISTED["raised"]} <= set(rule.levels)
    disputed = [one for one in LISTED["bounced"] if one.get("ends") == "arbitration"]
    assert [len(one["returns"]) for one in disputed] == [rule.arbitration.after_hops + 1]


@pytest.mark.parametrize("plot", EXTENSIONS)
def test_more_time_is_asked_for_before_it_is_over(district, plot):
    urgency = by_department.fitting({"urgency": "urgent"}, plot)["urgency"]
    limit = Limit.from_data(supervision_for(district).tracks[urgency].finish)
    asked_at_the_latest = DISPATCHED + timedelta(minutes=70, hours=26 + 24)
    assert limit.end(DISPATCHED, district.calendar) > asked_at_the_latest


def test_returns_lead_from_hand_to_hand():
    for matter in LISTED["bounced"]:
        path = [matter["department"], *(one["to"] for one in matter["returns"])]
        assert [one["by"] for one in matter["returns"]] == path[:-1]
        assert all(one["reason"] and "《" in one["legal_ground"] for one in matter["returns"])


def test_the_matters_of_a_cluster_are_of_one_place_and_one_kind(district):
    matter_of = suggester_for(district).matter
    for cluster in LISTED["clusters"]:
        told = [matter for _days, matter in supervising.cases_of(cluster)]
        kinds = {
            matter_of(f"{one['title']}\n{one['description']}\n{one['location']}") for one in told
        }
        places = {place_of(one["location"], one["title"]).area for one in told}
        assert len(kinds) == 1, cluster["place"]
        assert places == {cluster["place"]}


def test_a_communitys_own_work_is_told_in_the_packs_words(district):
    listed, talk, grid = neighbourhood.told(), pack_for(district), work_for(district)
    kinds = {one["kind"] for one in listed["deliberations"]}
    parties = {party for one in listed["deliberations"] for party in one["parties"]}
    groups = {group for one in listed["cared_for"] for group in one["groups"]}
    assert kinds <= {one.code for one in talk.kinds}
    assert parties <= {one.code for one in talk.parties}
    assert groups <= {one.code for one in grid.groups}
    assert {one["category"] for one in listed["reports"]} <= {c.code for c in grid.categories}
