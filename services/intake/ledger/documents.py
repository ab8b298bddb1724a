"""An item as a document and back: what a version keeps, by the pack's own schema and checks."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from marshmallow import ValidationError

from services.intake.reason import Reason, msgid
from shared.district import District, Document, Item
from shared.district.checks import (
    ITEM_FILES,
    Pack,
    departments_are_known,
    items_stand_in_their_file,
    materials_are_named,
    parents_are_known,
)
from shared.district.schemas import ItemSchema

Kept = Mapping[str, Any]
_CHECKS = (departments_are_known, parents_are_known, items_stand_in_their_file, materials_are_named)
_WHY: Mapping[str, tuple[str, str]] = {
    "code": (msgid("事项代码不对"), msgid("请写成 G-01 这样的代码")),
    "name": (msgid("没有写事项名称"), msgid("请写居民听得懂的名称")),
    "materials": (
        msgid("材料写得不清楚，或者写了“其他材料”这样的兜底要求"),
        msgid("请逐项写清材料名称，一行一项"),
    ),
    "procedure": (msgid("没有写办理流程"), msgid("请按先后写，一行一步")),
    "limit": (msgid("时限的数字和单位要么都填，要么都不填"), msgid("请改好再提交")),
    "department": (msgid("没有这个部门"), msgid("请从部门清单里选")),
    "parent": (msgid("没有这项职责"), msgid("请从职责清单里选，或留空")),
    "class": (msgid("没有这一类事项"), msgid("请从几类里选一类")),
}
_UNCLEAR = (msgid("这一栏填得不对"), msgid("请改好再提交"))


def kept_of(item: Item) -> dict[str, Any]:
    """The item as JSON, with the names of the pack's files."""
    said: dict[str, Any] = _plain(asdict(item))
    said["class"] = said.pop("item_class")
    return said


def item_of_kept(kept: Kept) -> Item:
    """The item of a document.

    Raises:
        ValidationError: it is none.
    """
    item: Item = ItemSchema().load(kept)
    return item


def wrong_with(kept: Kept, district: District) -> list[Reason]:
    """What the pack's own schema and checks say against it (A13 among them), field by field."""
    try:
        item_of_kept(kept)
    except ValidationError as error:
        return [_reason(str(name)) for name in error.messages_dict]
    pack = _pack(kept, district)
    return [_reason(name) for name in dict.fromkeys(_fields_wrong(pack))]


def _fields_wrong(pack: Pack) -> Iterator[str]:
    for check in _CHECKS:
        for problem in check(pack):
            yield problem.field.split(".")[1].split("[")[0]


def _reason(name: str) -> Reason:
    text, remedy = _WHY.get(name, _UNCLEAR)
    return Reason(name, text, remedy)


def _pack(kept: Kept, district: District) -> Pack:
    """A pack of this one item, beside what it may name."""
    file = next(name for name, one in ITEM_FILES.items() if one == kept["class"])
    duties = [_named(item) for item in district.items.values() if item.code != kept["code"]]
    listed = {name: [d for d in duties if d["class"] == one] for name, one in ITEM_FILES.items()}
    listed[file].append(dict(kept))
    nothing = Document("", {})
    return Pack(
        district=nothing,
        communities=nothing,
        departments=Document("", {"departments": [{"code": c} for c in district.departments]}),
        items={name: Document("", {"items": items}) for name, items in listed.items()},
        not_issued=nothing,
        out_of_scope=nothing,
        staff=nothing,
        rules=nothing,
        workdays=nothing,
        sources=nothing,
    )


def _named(item: Item) -> dict[str, Any]:
    return {"code": item.code, "class": item.item_class}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value
