"""Loading a district pack: read every file, check every rule, then build the District."""

from pathlib import Path
from typing import Any

from marshmallow import Schema

from shared.district import schemas
from shared.district.checks import ITEM_FILES, Pack, all_problems
from shared.district.model import District
from shared.district.reading import Document, PackError, Problem, check_schema, read_csv, read_yaml
from shared.workdays import WorkCalendar

DISTRICTS = Path(__file__).resolve().parents[2] / "districts"
"""Where the packs of this checkout are."""


def load(name: str, root: Path = DISTRICTS) -> District:
    """Load and check the district pack `name` under `root`.

    Raises PackError listing every problem found in any of its files. Reads files, nothing else.
    """
    path = root / name
    if not path.is_dir():
        known = sorted(p.name for p in root.iterdir() if p.is_dir()) if root.is_dir() else []
        wanted = f"expected one of {', '.join(known) or '(no packs there)'}"
        raise PackError([Problem(str(path), 1, "(folder)", "there is no such pack", wanted)])
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
    plan: list[tuple[Document, Schema]] = [
        (pack.district, schemas.DistrictSchema()),
        (pack.communities, lists("communities", schemas.CommunitySchema)),
        (pack.departments, lists("departments", schemas.DepartmentSchema)),
        *((document, lists("items", schemas.ItemSchema)) for document in pack.items.values()),
        (pack.not_issued, lists("not_issued", schemas.NotIssuedSchema)),
        (pack.out_of_scope, lists("out_of_scope", schemas.OutOfScopeSchema)),
        (pack.staff, lists("staff", schemas.StaffSchema)),
        (pack.rules, schemas.RulesSchema()),
        (pack.workdays, schemas.WorkdaysSchema()),
        (pack.sources, schemas.SourcesSchema()),
    ]
    return {document.file: check_schema(document, schema) for document, schema in plan}


def _build(path: Path, loaded: dict[str, Any]) -> District:
    about = dict(loaded["district.yml"])
    del about["counts"], about["source"]
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
