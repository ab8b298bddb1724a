"""What was published stays true: today's contracts against their snapshots (promise 6).

A snapshot in ``shared/contracts/published/`` is what others have built on. It is written once, by
``python -m tools.docs --publish``, and never changed; what cannot be said within it is a new
version of the contract beside the old one.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.contracts import DEPARTMENTS, Contract
from tools.schemas import inlined

FOLDER = Path(__file__).parent.parent / "shared" / "contracts" / "published"
Schema = Mapping[str, Any]

ANYTHING = "anything"
LOWER_BOUNDS = ("minLength", "minimum", "minItems", "exclusiveMinimum")
UPPER_BOUNDS = ("maxLength", "maximum", "maxItems", "exclusiveMaximum")


def snapshot(contract: Contract) -> dict[str, Any]:
    """What others build on: who says it, where it is heard, what it carries."""
    return {
        "type": contract.type,
        "owner": contract.owner,
        "exchange": contract.exchange,
        "key": contract.pattern,
        "data": _without_words(inlined(contract)),
    }


def file_of(contract: Contract, folder: Path = FOLDER) -> Path:
    """Where a contract's snapshot is kept."""
    return folder / f"{contract.type}.json"


def publish(contracts: tuple[Contract, ...], folder: Path = FOLDER) -> list[Path]:
    """Write the snapshots that do not exist yet; returns them. Those that do are left alone."""
    new = [c for c in contracts if not file_of(c, folder).exists()]
    for contract in new:
        text = json.dumps(snapshot(contract), ensure_ascii=False, indent=2, sort_keys=True)
        file_of(contract, folder).write_text(text + "\n", encoding="utf-8")
    return [file_of(contract, folder) for contract in new]


def breaks(contracts: tuple[Contract, ...], folder: Path = FOLDER) -> list[str]:
    """Everything in ``contracts`` that breaks a snapshot, or has none, in words."""
    today = {contract.type: contract for contract in contracts}
    found = [
        f"{c.type}: not published; run python -m tools.docs --publish"
        for c in contracts
        if not file_of(c, folder).exists()
    ]
    for path in sorted(folder.glob("*.json")):
        before = json.loads(path.read_text(encoding="utf-8"))
        if before["type"] not in today:
            found.append(f"{before['type']}: was published and is gone")
            continue
        contract = today[before["type"]]
        found += [f"{contract.type}: {what}" for what in compare(before, snapshot(contract))]
    return found


def compare(before: Schema, after: Schema) -> Iterator[str]:
    """What of ``before`` no longer holds in ``after``."""
    for name in ("owner", "exchange", "key"):
        if before[name] != after[name]:
            yield f"{name} was {before[name]}, is {after[name]}"
    # Replies come from outside: reading more of them than before breaks nobody.
    yield from narrowed(before["data"], after["data"], "data")
    if before["owner"] != DEPARTMENTS:
        yield from loosened(before["data"], after["data"], "data")


def narrowed(before: Schema, after: Schema, at: str) -> Iterator[str]:
    """Yesterday's events that would be refused today."""
    for kind in _not_within(_types(before), _types(after)):
        yield f"{at}: {kind} is no longer allowed"
    if "enum" in after:
        for value in before.get("enum", [None]):
            if value not in after["enum"]:
                what = repr(value) if "enum" in before else "free text"
                yield f"{at}: {what} is no longer allowed"
    yield from _tighter(before, after, at)
    fields, now = before.get("properties", {}), after.get("properties", {})
    for name in sorted(set(after.get("required", ())) - set(before.get("required", ()))):
        yield f"{at}.{name}: is newly required"
    for name in fields:
        if name not in now:
            yield f"{at}.{name}: was removed"
        else:
            yield from narrowed(_one(fields[name]), _one(now[name]), f"{at}.{name}")
    if "items" in before and "items" in after:
        yield from narrowed(_one(before["items"]), _one(after["items"]), f"{at}[]")


def loosened(before: Schema, after: Schema, at: str) -> Iterator[str]:
    """Today's events that yesterday's readers would not expect. Longer text is not counted."""
    if "enum" in before:
        for value in sorted(set(after.get("enum", ["anything"])) - set(before["enum"])):
            yield f"{at}: {value!r} was never said before"
    for kind in _not_within(_types(after), _types(before)):
        yield f"{at}: {kind} was never said before"
    if "format" in before and "format" not in after:
        yield f"{at}: need no longer be a {before['format']}"
    fields, now = before.get("properties", {}), after.get("properties", {})
    for name in sorted(set(before.get("required", ())) - set(after.get("required", ()))):
        if name in now:  # else it was removed, and that is said already
            yield f"{at}.{name}: may now be missing"
    for name in fields:
        if name in now:
            yield from loosened(_one(fields[name]), _one(now[name]), f"{at}.{name}")
    if "items" in before and "items" in after:
        yield from loosened(_one(before["items"]), _one(after["items"]), f"{at}[]")


def _tighter(before: Schema, after: Schema, at: str) -> Iterator[str]:
    for bound in LOWER_BOUNDS:
        if after.get(bound, float("-inf")) > before.get(bound, _nothing(bound)):
            yield f"{at}: {bound} rose to {after[bound]}"
    for bound in UPPER_BOUNDS:
        if after.get(bound, float("inf")) < before.get(bound, float("inf")):
            yield f"{at}: {bound} fell to {after[bound]}"
    for rule in ("pattern", "format"):
        if rule in after and after[rule] != before.get(rule):
            yield f"{at}: {rule} is now {after[rule]}"


def _nothing(bound: str) -> float:
    return 0 if bound in ("minLength", "minItems") else float("-inf")


def _one(schema: Schema) -> Schema:
    """``anyOf [X, null]``, as a nested part that may be null is written, as one schema."""
    if "anyOf" not in schema:
        return schema
    real = next(part for part in schema["anyOf"] if part.get("type") != "null")
    return {**real, "type": [real["type"], "null"]}


def _types(schema: Schema) -> set[str]:
    kind = schema.get("type", ANYTHING)
    return {kind} if isinstance(kind, str) else set(kind)


def _not_within(some: set[str], allowed: set[str]) -> list[str]:
    wider = {"integer"} if "number" in allowed else set()
    return [] if ANYTHING in allowed else sorted(some - allowed - wider)


def _without_words(part: Any) -> Any:
    """Descriptions and defaults may change; nobody builds on them."""
    if isinstance(part, list):
        return [_without_words(one) for one in part]
    if not isinstance(part, dict):
        return part
    kept = {key: value for key, value in part.items() if key not in ("description", "default")}
    if "properties" in part:  # fields may be called anything, "description" too
        kept["properties"] = {n: _without_words(one) for n, one in part["properties"].items()}
        return {k: v if k == "properties" else _without_words(v) for k, v in kept.items()}
    return {key: _without_words(value) for key, value in kept.items()}
