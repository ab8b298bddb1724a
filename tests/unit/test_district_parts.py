"""Parts of a district's pack: made once a district, and kept by that district alone."""

from dataclasses import replace

import pytest

from shared.district import District, PackError, load, once_a_district


@pytest.fixture(scope="module")
def loaded() -> District:
    return load("xiangshan")


@pytest.fixture
def district(loaded: District) -> District:
    return replace(loaded)


def test_a_part_is_made_once(district: District) -> None:
    made = []

    @once_a_district
    def names(given: District) -> list[str]:
        made.append(given)
        return [given.name]

    assert names(district) is names(district)
    assert names(district) == ["相山区"]
    assert len(made) == 1


def test_parts_stand_apart(district: District) -> None:
    @once_a_district
    def prefix(given: District) -> str:
        return given.case_prefix

    @once_a_district
    def name(given: District) -> str:
        return given.name

    assert (prefix(district), name(district)) == (district.case_prefix, district.name)


def test_a_replaced_district_begins_anew(district: District) -> None:
    @once_a_district
    def items(given: District) -> int:
        return len(given.items)

    assert items(district) == len(district.items)
    assert items(replace(district, items={})) == 0
    assert items(district) == len(district.items)


def test_an_error_is_not_kept(district: District) -> None:
    answers = [PackError([]), "read"]

    @once_a_district
    def second(_given: District) -> str:
        answer = answers.pop(0)
        if isinstance(answer, PackError):
            raise answer
        return str(answer)

    with pytest.raises(PackError):
        second(district)
    assert second(district) == "read"


def test_what_is_kept_makes_no_other_district(district: District) -> None:
    @once_a_district
    def name(given: District) -> str:
        return given.name

    twin = replace(district)
    name(district)
    assert district == twin
    assert "parts" not in repr(district)
