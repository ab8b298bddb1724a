"""What the files of a pack must agree on. One small named function per rule.

They look at the files as read, not at what the schemas made of them, so that a wrong field in one
place does not hide what is wrong in another.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.district.document import Document, Problem

_CATCH_ALL = re.compile(
    r"(按|根据)?(规定|要求)?(需要|应当|应|须|需)?(提交|提供|补充)?的?"
    r"(其他|其它|其余|别的|相关|有关|所需|需要|必要)+的?(证明|佐证|申请|补充|辅助|法定)?"
    r"(材料|资料|证件|文件|证明|手续)?(等)?"
)
_ROLE_NEEDS = {
    "desk": "community",
    "back_office": "community",
    "grid": "community",
    "manager": "community",
    "department": "department",
    "leader": "department",
}


@dataclass
class Pack:
    """The files of a pack as read."""

    district: Document
    communities: Document
    departments: Document
    items: dict[str, Document]
    not_issued: Document
    out_of_scope: Document
    staff: Document
    rules: Document
    workdays: Document
    sources: Document

    def documents(self) -> list[Document]:
        """Every file, in the order it is read."""
        first = [self.district, self.communities, self.departments, *self.items.values()]
        rest = [self.not_issued, self.out_of_scope, self.staff, self.rules, self.workdays]
        return [*first, *rest, self.sources]


def all_problems(pack: Pack) -> Iterator[Problem]:
    """Yield what every check finds."""
    for check in CHECKS:
        yield from check(pack)


def communities_belong_to_district(pack: Pack) -> Iterator[Problem]:
    """A community's code begins with the district's, and its street's with nine of its digits."""
    district = _text(pack.district.data, "code")
    for path, row in pack.communities.entries("communities"):
        code, street = _text(row, "code"), _text(row, "street_code")
        if code and district and not code.startswith(district):
            text = f"{code!r} is not of district {district}"
            yield pack.communities.problem((*path, "code"), text, f"a code beginning {district}")
        if code and street and not code.startswith(street):
            text = f"{street!r} is not the street of {code}"
            yield pack.communities.problem((*path, "street_code"), text, repr(code[:9]))


def codes_are_unique(pack: Pack) -> Iterator[Problem]:
    """No code stands twice among communities, departments, items, lists, sources and staff."""
    yield from _unique([(pack.communities, "communities")], "code")
    yield from _unique([(pack.departments, "departments")], "code")
    yield from _unique([(doc, "items") for doc in pack.items.values()], "code")
    yield from _unique([(pack.not_issued, "not_issued")], "code")
    yield from _unique([(pack.out_of_scope, "out_of_scope")], "code")
    yield from _unique([(pack.sources, "sources")], "code")
    yield from _unique([(pack.staff, "staff")], "username")
    for key in ("grades", "kinds", "urgencies", "channels"):
        yield from _unique([(pack.rules, key)], "code")


def departments_are_known(pack: Pack) -> Iterator[Problem]:
    """Items, transfers, refusals and staff name only departments of departments.yml."""
    known = _codes(pack.departments, "departments")
    places = [(doc, "items") for doc in pack.items.values()]
    places += [(pack.out_of_scope, "out_of_scope"), (pack.staff, "staff")]
    for doc, key in places:
        for path, entry in doc.entries(key):
            code = _text(entry, "department")
            if code and code not in known:
                yield _unknown(doc, (*path, "department"), "department", code, known)
    for path, entry in pack.not_issued.entries("not_issued"):
        listed = entry.get("departments")
        for index, code in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(code, str) and code not in known:
                here = (*path, "departments", index)
                yield _unknown(pack.not_issued, here, "department", code, known)


def parents_are_known(pack: Pack) -> Iterator[Problem]:
    """An item's parent is a statutory or assisting duty of the pack."""
    duties = {
        code
        for name in ("items/statutory.yml", "items/assist.yml")
        for code in _codes(pack.items[name], "items")
    }
    for doc in pack.items.values():
        for path, entry in doc.entries("items"):
            parent = _text(entry, "parent")
            if parent and parent not in duties:
                text = f"unknown item {parent!r}"
                wanted = "the code of an item in statutory.yml or assist.yml"
                yield doc.problem((*path, "parent"), text, wanted)


def items_stand_in_their_file(pack: Pack) -> Iterator[Problem]:
    """An item's class is the one its file is for."""
    for name, doc in pack.items.items():
        wanted = ITEM_FILES[name]
        for path, entry in doc.entries("items"):
            given = _text(entry, "class")
            if given and given != wanted:
                yield doc.problem((*path, "class"), f"{given!r} in {name}", repr(wanted))


def materials_are_named(pack: Pack) -> Iterator[Problem]:
    """No catch-all such as 其他材料 among the materials (rule A13)."""
    for doc in pack.items.values():
        for path, entry in doc.entries("items"):
            listed = entry.get("materials")
            for index, material in enumerate(listed if isinstance(listed, list) else []):
                name = _text(material, "name")
                if name and is_catch_all(name):
                    text = f"{name!r} is a catch-all, which rule A13 forbids"
                    here = (*path, "materials", index, "name")
                    yield doc.problem(here, text, "the name of one particular material")


def is_catch_all(name: str) -> bool:
    """Say whether a material's name is a catch-all: 其他材料, 相关证明材料, 需提交的其他资料."""
    bare = "".join(c for c in unicodedata.normalize("NFKC", name) if c.isalnum())
    return bool(_CATCH_ALL.fullmatch(bare))


def staff_have_their_place(pack: Pack) -> Iterator[Problem]:
    """Desk, back office and grid staff have a known community; officers, leaders a department."""
    known = _codes(pack.communities, "communities")
    for path, entry in pack.staff.entries("staff"):
        community = _text(entry, "community")
        if community and community not in known:
            text = f"unknown community {community!r}"
            wanted = "the code of a community in communities.csv"
            yield pack.staff.problem((*path, "community"), text, wanted)
        role = _text(entry, "role")
        needed = _ROLE_NEEDS.get(role or "")
        if needed and entry.get(needed) is None:
            text = f"is missing for role {role}"
            yield pack.staff.problem((*path, needed), text, f"the code of a {needed}")
        grids = entry.get("grids")
        for index, grid in enumerate(grids if isinstance(grids, list) else []):
            if isinstance(grid, str) and community and not grid.startswith(community):
                text = f"{grid!r} is not of community {community}"
                here = (*path, "grids", index)
                yield pack.staff.problem(here, text, f"a grid code beginning {community}")


def sources_are_known(pack: Pack) -> Iterator[Problem]:
    """Every source cited stands in sources.yml, by its code or by its family (A36 is of A)."""
    known = _codes(pack.sources, "sources")
    data = pack.sources.data
    families = data.get("families") if isinstance(data, dict) else None
    prefixes = set(families) if isinstance(families, dict) else set()
    for doc in pack.documents():
        for path in [place for place in doc.lines if place and place[-1] == "source"]:
            for index, cited in enumerate(_listed(doc, path)):
                code = re.split(r"[(第]", unicodedata.normalize("NFKC", cited))[0]
                if code not in known and code.rstrip("0123456789") not in prefixes:
                    text = f"unknown source {cited!r}"
                    wanted = "a code or family of sources.yml"
                    yield doc.problem((*path, index), text, wanted)


def days_are_either(pack: Pack) -> Iterator[Problem]:
    """A day of workdays.yml is a holiday or a working day, not both."""
    holidays = {str(entry.get("date")) for _, entry in pack.workdays.entries("holidays")}
    for path, entry in pack.workdays.entries("workdays"):
        if str(entry.get("date")) in holidays:
            text = f"{entry.get('date')} is also a holiday"
            yield pack.workdays.problem((*path, "date"), text, "each day in one list only")


def counts_are_met(pack: Pack) -> Iterator[Problem]:
    """Every list holds as many entries as district.yml says."""
    departments = [entry for _, entry in pack.departments.entries("departments")]
    found = {
        "communities": len(list(pack.communities.entries("communities"))),
        "line_departments": sum(entry.get("kind") == "line" for entry in departments),
        "not_issued": len(list(pack.not_issued.entries("not_issued"))),
        "out_of_scope": len(list(pack.out_of_scope.entries("out_of_scope"))),
    }
    for name, doc in pack.items.items():
        found[ITEM_FILES[name]] = len(list(doc.entries("items")))
    data = pack.district.data
    wanted = data.get("counts") if isinstance(data, dict) else None
    for name, count in (wanted if isinstance(wanted, dict) else {}).items():
        if name in found and count != found[name]:
            text = f"says {count}, but the pack holds {found[name]}"
            yield pack.district.problem(("counts", name), text, "the same number in both")


ITEM_FILES = {
    "items/statutory.yml": "statutory",
    "items/assist.yml": "assist",
    "items/guides.yml": "guide",
    "items/extras.yml": "extra",
}
"""The item files of a pack and the class each is for."""

CHECKS = (
    communities_belong_to_district,
    codes_are_unique,
    departments_are_known,
    parents_are_known,
    items_stand_in_their_file,
    materials_are_named,
    staff_have_their_place,
    sources_are_known,
    days_are_either,
    counts_are_met,
)


def _text(entry: Any, key: str) -> str | None:
    value = entry.get(key) if isinstance(entry, dict) else None
    return value if isinstance(value, str) else None


def _codes(doc: Document, key: str) -> set[str]:
    return {code for _, entry in doc.entries(key) if (code := _text(entry, "code"))}


def _unknown(
    doc: Document, path: tuple[str | int, ...], what: str, code: str, known: set[str]
) -> Problem:
    wanted = f"one of {', '.join(sorted(known))}"
    return doc.problem(path, f"unknown {what} {code!r}", wanted)


def _unique(places: list[tuple[Document, str]], key: str) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for doc, listed in places:
        for path, entry in doc.entries(listed):
            code = _text(entry, key)
            if code is None:
                continue
            here = (*path, key)
            if code in seen:
                text = f"{code!r} stands already in {seen[code]}"
                yield doc.problem(here, text, "each code once")
            seen.setdefault(code, f"{doc.file}:{doc.line(here)}")


def _listed(doc: Document, path: tuple[str | int, ...]) -> list[str]:
    value = doc.data
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return []
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []
