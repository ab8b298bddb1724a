"""An item as a form holds it: lists as lines, and back into a document (`documents`)."""

from collections.abc import Mapping, Sequence
from typing import Any

MARK = "|"
"""Between a material that is not always needed and the case in which it is."""
_PLAIN = (
    "name", "name_en", "class", "domain", "handled_at", "time_limit", "fee", "legal_basis", "notes",
)  # fmt: skip
_EVIDENCE = {"all": "local: 按本区台账提出，由督办决定"}


def form_of(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the form for this item."""
    limit = kept["limit"]
    return {
        **{name: kept[name] for name in _PLAIN},
        "department": kept["department"] or "",
        "parent": kept["parent"] or "",
        "keywords": "、".join(kept["keywords"]),
        "materials": "\n".join(material_line(one) for one in kept["materials"]),
        "procedure": "\n".join(kept["procedure"]),
        "limit_value": "" if limit["value"] is None else str(limit["value"]),
        "limit_unit": limit["unit"] or "",
        "limit_kind": limit["kind"],
    }


def kept_of_form(said: Mapping[str, Any], base: Mapping[str, Any] | None) -> dict[str, Any]:
    """The document of a filled form; what the form does not ask for stays as in `base`."""
    value, unit = said["limit_value"], said["limit_unit"]
    kept = dict(base or _new()) | {name: said[name] for name in _PLAIN}
    kept |= {
        "name_en": said["name_en"] or said["name"],
        "department": said["department"] or None,
        "parent": said["parent"] or None,
        "keywords": _words(said["keywords"]),
        "materials": [_material(line) for line in _lines(said["materials"])],
        "procedure": _lines(said["procedure"]),
    }
    limit = {"value": value, "unit": unit or None, "kind": said["limit_kind"]}
    kept["limit"] = limit | {"source": kept.get("limit", {}).get("source", [])}
    return kept


def material_line(material: Mapping[str, Any]) -> str:
    """A material in one line: its name, and behind the mark when it is needed."""
    if material["required"]:
        return str(material["name"])
    return f"{material['name']} {MARK} {material['when'] or ''}".rstrip()


def differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[tuple[str, str, str]]:
    """Field, what stood there and what stands there, of every field that differs."""
    old, new = _shown(before), _shown(after)
    return [
        (name, old.get(name, ""), new.get(name, ""))
        for name in (new or old)
        if old.get(name, "") != new.get(name, "")
    ]


def _shown(kept: Mapping[str, Any] | None) -> dict[str, str]:
    return {} if kept is None else form_of(kept)


def _new() -> dict[str, Any]:
    return {
        "code": "",
        "public_notice": False,
        "public_notice_omits": [],
        "source": ["local"],
        "evidence": dict(_EVIDENCE),
    }


def _material(line: str) -> dict[str, Any]:
    name, mark, when = line.replace("｜", MARK).partition(MARK)
    return {"name": name.strip(), "required": not mark, "when": when.strip() or None}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _words(text: str) -> list[str]:
    plain: Sequence[str] = (
        text.replace("，", "、").replace(",", "、").replace("\n", "、").split("、")
    )
    return [word.strip() for word in plain if word.strip()]
