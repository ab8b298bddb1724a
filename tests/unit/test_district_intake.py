"""Every pack gives intake every file it reads, its own or its base's, and says what it rests on."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from services.intake.archive import pack as archive
from services.intake.deliberation import pack as deliberation
from services.intake.desk import pack as desk_pack
from services.intake.figures import pack as figures
from services.intake.grids import territory, work
from services.intake.hotline import pack as hotline
from services.intake.ledger import pack as ledger
from services.intake.open311 import pack as open311
from services.intake.pack import LOADERS as AT_THE_START
from services.intake.rosters import pack as rosters
from services.intake.slots import pack as slots
from shared.district import DISTRICTS, load

PACKS = sorted(path.parent.name for path in DISTRICTS.glob("*/district.yml"))
LOADERS = {
    "rosters.yml": rosters.load,
    "slots.yml": slots.load,
    "grids.yml": territory.load,
    "grid_work.yml": work.load,
    "desk.yml": desk_pack.load,
    "ledger.yml": ledger.ledger_of,
    "deliberation.yml": deliberation.load,
    "hotline.yml": hotline.load,
    "archive.yml": archive.archive_rules,
    "figures.yml": figures.figure_rules,
    "open311.yml": open311.load,
}
MECHANISM = re.compile(r"[0-4]-\d{2}")
"""A practice by its number in the reports: of the family N."""


@pytest.fixture(scope="module", params=PACKS)
def district(request):
    return load(request.param)


@pytest.mark.parametrize("file", LOADERS)
def test_every_pack_has_the_file_and_it_is_right(district, file):
    assert LOADERS[file](district)


def test_every_file_of_intake_is_read_before_it_starts():
    """Pages may read a few words of another service's file; that service reads it at its start."""
    services = DISTRICTS.parent / "services"
    reading = {
        ".".join(path.relative_to(services.parent).with_suffix("").parts)
        for path in (services / "intake").rglob("*.py")
        if "read_part(" in path.read_text("utf-8") and not path.stem.startswith("pages_")
    }
    assert {loader.__module__ for loader in AT_THE_START} == reading


@pytest.mark.parametrize("file", LOADERS)
@pytest.mark.parametrize("name", PACKS)
def test_what_a_file_cites_exists(name, file):
    path = DISTRICTS / name / file
    if not path.exists():
        base = yaml.safe_load((DISTRICTS / name / "district.yml").read_text("utf-8"))["base"]
        assert (DISTRICTS / base / file).exists()
        return
    cited = set(_cited(yaml.safe_load(path.read_text("utf-8"))))
    known = load(name).sources
    assert cited, "says nowhere what it rests on"
    assert [code for code in sorted(cited) if not _exists(code, known)] == []


def _exists(code, known):
    return code in known or bool(MECHANISM.fullmatch(code)) or code.rstrip("0123456789") in known


def _cited(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        yield from data.get("source") or ()
        data = list(data.values())
    if isinstance(data, list):
        for one in data:
            yield from _cited(one)


def test_daguan_has_a_counter_for_medical_insurance_in_one_community():
    """2-11: the circle of fifteen minutes; whose counter it is, the district has to confirm."""
    district = load("daguan")
    found = [one for one in slots.slots_for(district).patterns if one.kind == "insurance"]
    assert [one.departments for one in found] == [("yb",)]
    assert [one.serves(code) for one in found for code in district.communities].count(True) == 1
    assert not any("棋杆" in one.name for one in district.communities.values())


def test_each_district_names_where_neighbours_meet():
    """1-05 and 2-14."""
    platforms = {
        name: [one.name for one in deliberation.load(load(name)).platforms][:-1] for name in PACKS
    }
    assert platforms["xiangshan"] == ["睦邻话苑"]
    assert platforms["daguan"] == ["荷塘夜话", "连心桥议事厅"]
    own = {name: len(deliberation.own_platforms(load(name))) for name in PACKS}
    assert own == {"xiangshan": 1, "beiguan": 0, "huainan": 0, "daguan": 2}
