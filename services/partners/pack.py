"""``partners.yml`` of a district pack: categories, points, partners, rewards. Checked on load."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.partners import partner as domain
from services.partners.partner import Offering, Partner
from shared.district import District, Document, Problem, once_a_district, read_part

FILE = "partners.yml"
OTHER = "other"
STREET_DIGITS = 9


@dataclass(frozen=True)
class Category:
    """A kind of need. ``points`` go to the partner once both sides said it is done."""

    code: str
    name: str
    name_en: str
    points: int
    confirmed: bool
    mechanism: tuple[str, ...]


@dataclass(frozen=True)
class PackReward:
    """What points buy; handed over by ``partner``, or by the community where there is none."""

    code: str
    name: str
    name_en: str
    price: int
    stock: int
    partner: str | None
    terms: str
    terms_en: str
    confirmed: bool
    demo: bool


@dataclass(frozen=True)
class PartnersPack:
    """The district's partners as data.

    Attributes:
        most_partners: how many partners a need is shown to at once.
        workdays: working days until an offer nobody took is unmet.
    """

    most_partners: int
    workdays: int
    categories: Mapping[str, Category]
    partners: tuple[Partner, ...]
    rewards: tuple[PackReward, ...]

    def category(self, code: str) -> Category:
        """The category, or 其他 for one this district does not have."""
        return self.categories.get(code) or self.categories[OTHER]


class _Part(ma.Schema):
    mechanism = fields.List(
        fields.String(
            validate=validate.Regexp("^[0-4]-[0-9]{2}$"),
            metadata={"expected": 'a row of mechanisms.md in quotes, such as "0-45"'},
        ),
        required=True,
        validate=validate.Length(min=1),
    )


def _text(most: int, **extra: Any) -> fields.String:
    """Text that fits its column; not empty where it is required."""
    lowest = 1 if extra.get("required") else 0
    return fields.String(validate=validate.Length(min=lowest, max=most), **extra)


def _code() -> fields.String:
    rule = validate.Regexp("^[a-z][a-z0-9-]{0,39}$")
    expected = "lower-case letters, digits and hyphens"
    return fields.String(required=True, validate=rule, metadata={"expected": expected})


def _whole(least: int) -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(min=least))


class OfferingRules(ma.Schema):
    """How a need is shown to partners."""

    most_partners = _whole(1)
    workdays = _whole(1)
    source = fields.List(fields.String(), required=True)
    confirmed = fields.Boolean(required=True)


class CategorySchema(_Part):
    """A kind of need."""

    code = _code()
    name = _text(60, required=True)
    name_en = _text(60, required=True)
    points = _whole(1)
    confirmed = fields.Boolean(required=True)


class OfferingSchema(ma.Schema):
    """A line of a service or resource list."""

    category = _code()
    name = _text(100, required=True)
    name_en = _text(200, required=True)
    terms = _text(200, load_default="")
    terms_en = _text(200, load_default="")
    confirmed = fields.Boolean(load_default=True)


class PartnerSchema(_Part):
    """A partner."""

    code = _code()
    demo = fields.Boolean(load_default=False)
    name = _text(100, required=True)
    name_en = _text(200, required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(domain.KINDS)))
    about = _text(1000, required=True)
    about_en = _text(1000, required=True)
    contact = _text(60, load_default="")
    phone = _text(30, load_default="")
    communities = fields.List(
        fields.String(
            validate=validate.Regexp("^([0-9]{12}|[0-9]{9})$"),
            metadata={"expected": "a 12-digit community or 9-digit street code in quotes"},
        ),
        load_default=list,
    )
    capacity = _whole(1)
    services = fields.List(fields.Nested(OfferingSchema), load_default=list)
    resources = fields.List(fields.Nested(OfferingSchema), load_default=list)


class RewardSchema(_Part):
    """A reward."""

    code = _code()
    demo = fields.Boolean(load_default=False)
    name = _text(100, required=True)
    name_en = _text(200, required=True)
    price = _whole(1)
    stock = _whole(0)
    partner = fields.String(load_default=None, allow_none=True)
    terms = _text(200, load_default="")
    terms_en = _text(200, load_default="")
    confirmed = fields.Boolean(required=True)


class PartnersFile(ma.Schema):
    """The whole file."""

    offering = fields.Nested(OfferingRules, required=True)
    categories = fields.List(fields.Nested(CategorySchema), required=True)
    partners = fields.List(fields.Nested(PartnerSchema), required=True)
    rewards = fields.List(fields.Nested(RewardSchema), required=True)


@once_a_district
def of(district: District) -> PartnersPack:
    """The district's partners, read once a process.

    Raises:
        PackError: with file, line, field and what was expected, for everything that is wrong.
    """
    return read(district)


def read(district: District) -> PartnersPack:
    """Read and check the file.

    Raises:
        PackError: as ``of``.
    """
    checks = (
        codes_are_unique,
        categories_are_known,
        rewards_have_known_partners,
        partial(communities_are_known, district),
        partial(staff_belong_to_partners, district),
    )
    loaded = read_part(district.path, FILE, PartnersFile, checks)
    rules = loaded["offering"]
    return PartnersPack(
        most_partners=rules["most_partners"],
        workdays=rules["workdays"],
        categories={c["code"]: _category(c) for c in loaded["categories"]},
        partners=tuple(_partner(p, district) for p in loaded["partners"]),
        rewards=tuple(_reward(r) for r in loaded["rewards"]),
    )


def codes_are_unique(document: Document) -> Iterator[Problem]:
    """No code twice among categories, partners or rewards; 其他 must be there."""
    for key in ("categories", "partners", "rewards"):
        seen: set[Any] = set()
        for path, entry in document.entries(key):
            if entry.get("code") in seen:
                yield document.problem((*path, "code"), "stands twice", "each code once")
            seen.add(entry.get("code"))
        if key == "categories" and OTHER not in seen:
            yield document.problem((key,), "has no category other", "one with code other")


def categories_are_known(document: Document) -> Iterator[Problem]:
    """Services and resources are of a category of this file."""
    known = {entry.get("code") for _, entry in document.entries("categories")}
    for path, entry in document.entries("partners"):
        for key in ("services", "resources"):
            listed = entry.get(key)
            for index, line in enumerate(listed if isinstance(listed, list) else []):
                code = line.get("category") if isinstance(line, dict) else None
                if isinstance(code, str) and code not in known:
                    here = (*path, key, index, "category")
                    wanted = f"one of {', '.join(sorted(map(str, known)))}"
                    yield document.problem(here, f"unknown category {code!r}", wanted)


def rewards_have_known_partners(document: Document) -> Iterator[Problem]:
    """Who hands a reward over is a partner of this file; a demo partner only demo rewards."""
    demo = {e.get("code"): bool(e.get("demo")) for _, e in document.entries("partners")}
    for path, entry in document.entries("rewards"):
        code = entry.get("partner")
        if code is not None and code not in demo:
            yield document.problem(
                (*path, "partner"), f"unknown partner {code!r}", "a partner above"
            )
        elif code is not None and demo[code] and not entry.get("demo"):
            text = f"{code!r} is a demo partner"
            yield document.problem((*path, "demo"), text, "demo: true for its rewards")


def communities_are_known(district: District, document: Document) -> Iterator[Problem]:
    """Partners cover communities or streets of this district."""
    for path, entry in document.entries("partners"):
        listed = entry.get("communities")
        for index, code in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(code, str) and not _expand(code, district):
                here = (*path, "communities", index)
                wanted = "a community or street of communities.csv"
                yield document.problem(here, f"unknown community {code!r}", wanted)


def staff_belong_to_partners(district: District, document: Document) -> Iterator[Problem]:
    """The partners named in staff.yml are partners here."""
    known = {entry.get("code") for _, entry in document.entries("partners")}
    for member in district.staff.values():
        if member.partner and member.partner not in known:
            text = f"staff.yml: {member.username} is of partner {member.partner!r}"
            yield document.problem(("partners",), text, "that partner in this list")


def _expand(code: str, district: District) -> tuple[str, ...]:
    if len(code) == STREET_DIGITS:
        return tuple(c for c in district.communities if c.startswith(code))
    return (code,) if code in district.communities else ()


def _category(data: dict[str, Any]) -> Category:
    return Category(**data | {"mechanism": tuple(data["mechanism"])})


def _partner(data: dict[str, Any], district: District) -> Partner:
    covered = [c for code in data["communities"] for c in _expand(code, district)]
    kept = ("code", "name", "name_en", "kind", "about", "about_en", "contact", "phone", "capacity")
    lines = [(domain.SERVICE, line) for line in data["services"]]
    lines += [(domain.RESOURCE, line) for line in data["resources"]]
    return Partner(
        **{key: data[key] for key in kept},
        state=domain.APPROVED,
        communities=tuple(dict.fromkeys(covered)),
        origin="demo" if data["demo"] else "pack",
        sources=tuple(data["mechanism"]),
        offerings=tuple(Offering(list=name, **line) for name, line in lines),
    )


def _reward(data: dict[str, Any]) -> PackReward:
    return PackReward(**{key: value for key, value in data.items() if key != "mechanism"})
