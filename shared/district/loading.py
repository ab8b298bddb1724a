"""Loading a district pack: read every file, check every rule, then build the District."""

from pathlib import Path
from typing import Any

from marshmallow import Schema

from shared.district import schemas
from shared.district.base import base_of
from shared.district.checks import ITEM_FILES, Pack, all_problems
from shared.district.document import Document, PackError, Problem
from shared.district.model import District
from shared.district.reading import check_schema, read_csv, read_yaml
from shared.workdays import WorkCalendar

DISTRICTS = Path(__file__).resolve().parents[2] / "districts"
"""Where the packs of this checkout are."""


def load(name: str, root: Path = DISTRICTS) -> District:
    """Load and check the district pack `name` under `root`.

    Raises PackError listing every problem found in any of its files, or only what is wrong with
    its base where that cannot be used. Reads files, nothing else.
    """
    path = root / name
    if not path.is_dir():
        known = sorted(p.name for p in root.iterdir() if p.is_dir()) if root.is_dir() else []
        wanted = f"expected one of {', '.join(known) or '(no packs there)'}"
        raise PackError([Problem(str(path), 1, "(folder)", "there is no such pack", wanted)])
    base_of(path)  # one complaint about a wrong base rather than one for each file it lacks
    pack = _read(path)
    loaded = _check_schemas(pack)
    problems = [p for document in pack.documents() for p in document.problems]
    problems += all_problems(pack)
    if problems:
        raise PackError(problems)
    return _build(path, loaded)


def _read(path: Path) -> Pack:
    return Pack(
        district=read_yaml(path, "district.yml"),
        communities=read_csv(path, "communities.csv", "communities"),
        departments=read_yaml(path, "departments.yml"),
        items={name: read_yaml(path, name) for name in ITEM_FILES},
        not_issued=read_yaml(path, "not_issued.yml"),
        out_of_scope=read_yaml(path, "out_of_scope.yml"),
        staff=read_yaml(path, "staff.yml"),
        rules=read_yaml(path, "rules.yml"),
        workdays=read_yaml(path, "workdays.yml"),
        sources=read_yaml(path, "sources.yml"),
    )


def _check_schemas(pack: Pack) -> dict[str, Any]:
    """Load every file with its schema; what does not fit is kept in the documents."""
    lists = schemas.list_file
    plan: dict[str, tuple[Document, Schema]] = {
        "district.yml": (pack.district, schemas.DistrictSchema()),
        "communities.csv": (pack.communities, lists("communities", schemas.CommunitySchema)),
        "departments.yml": (pack.departments, lists("departments", schemas.DepartmentSchema)),
        **{name: (doc, lists("items", schemas.ItemSchema)) for name, doc in pack.items.items()},
        "not_issued.yml": (pack.not_issued, lists("not_issued", schemas.NotIssuedSchema)),
        "out_of_scope.yml": (pack.out_of_scope, lists("out_of_scope", schemas.OutOfScopeSchema)),
        "staff.yml": (pack.staff, lists("staff", schemas.StaffSchema)),
        "rules.yml": (pack.rules, schemas.RulesSchema()),
        "workdays.yml": (pack.workdays, schemas.WorkdaysSchema()),
        "sources.yml": (pack.sources, schemas.SourcesSchema()),
    }
    return {name: check_schema(document, schema) for name, (document, schema) in plan.items()}


def _build(path: Path, loaded: dict[str, Any]) -> District:
    about = dict(loaded["district.yml"])
    del about["counts"], about["source"], about["base"]
    about["caveats"] = tuple(about["caveats"])
    items = [item for name in ITEM_FILES for item in loaded[name]["items"]]
    days = loaded["workdays.yml"]
    return District(
        path=path,
        **about,
        communities=_by_code(loaded["communities.csv"]["communities"]),
        departments=_by_code(loaded["departments.yml"]["departments"]),
        items=_by_code(items),
        not_issued=_by_code(loaded["not_issued.yml"]["not_issued"]),
        out_of_scope=_by_code(loaded["out_of_scope.yml"]["out_of_scope"]),
        staff={member.username: member for member in loaded["staff.yml"]["staff"]},
        sources={s["code"]: s["text"] for s in loaded["sources.yml"]["sources"]}
        | loaded["sources.yml"]["families"],
        rules=loaded["rules.yml"],
        calendar=WorkCalendar(
            [day["date"] for day in days["holidays"]],
            [day["date"] for day in days["workdays"]],
            days["known_until"],
        ),
    )


def _by_code(entries: list[Any]) -> dict[str, Any]:
    return {entry.code: entry for entry in entries}
