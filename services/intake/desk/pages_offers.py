"""What each step's form offers to choose from, and what stands in it at first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
import segno
from marshmallow import fields

from services.intake.case import Case
from services.intake.pages_common import department_short, lang, matters_for, offered, runtime
from services.intake.ways import pages_steps as ways_pages_steps
from shared.clock import now
from shared.district import District, once_a_district, read_part
from shared.track_link import track_url
from shared.web.i18n import gettext

NOT_SURE = ""
"""The department an officer leaves to routing."""


@dataclass(frozen=True)
class Offer:
    """`choices` of a step's form; `first` is what stands in its fields before anyone typed."""

    choices: Callable[[Case], Mapping[str, Any]]
    first: Callable[[Case], Mapping[str, Any]]


def _nothing(_case: Case) -> Mapping[str, Any]:
    return {}


def _notice(case: Case) -> Mapping[str, Any]:
    district = runtime().district
    workdays = district.rules.supplement_workdays
    return {
        "optional": [(m.name, m.name) for m in case.materials if not (m.required or m.received)],
        "procedure": " → ".join(case.item.procedure) if case.item else "",
        "limit": case.limit_en if lang() == "en" else case.limit_zh,
        "supplement_by": district.calendar.add_workdays(now(), workdays),
    }


def _waiting(case: Case) -> Mapping[str, Any]:
    return {"waiting": [(m.name, m.name) for m in case.materials if not m.received]}


def suggested_department(case: Case) -> str:
    """Give the department of the item, or of the out-of-scope matter the words speak of."""
    item = offered().items.get(case.item.code) if case.item else None
    if item and item.department:
        return item.department
    matters = matters_for(f"{case.title} {case.description}")
    return matters[0].department if matters else NOT_SURE


def _departments(case: Case) -> Mapping[str, Any]:
    known = runtime().district.departments
    first = suggested_department(case)
    ordered = sorted(known.values(), key=lambda department: department.code != first)
    unsure = (NOT_SURE, gettext("不确定，由派单员确认"), gettext("系统给出推荐，派单员来定。"))
    listed = [(d.code, department_short(d), gettext("；").join(d.duties)) for d in ordered]
    if not first:
        return {"departments": [unsure, *listed]}
    likely = (first, gettext("%(name)s（按事由推荐）", name=listed[0][1]), listed[0][2])
    return {"departments": [likely, unsure, *listed[1:]]}


def _first_department(case: Case) -> Mapping[str, Any]:
    return {"department": suggested_department(case)}


def _categories(_case: Case) -> Mapping[str, Any]:
    index = 2 if lang() == "en" else 1
    kinds = need_categories(runtime().district)
    return {"categories": [(kind[0], kind[index]) for kind in kinds]}


def _rating_code(case: Case) -> Mapping[str, Any]:
    """The QR code by which residents rate on their own phone, at the counter or at home."""
    settings = runtime().settings
    link = track_url(settings.public_address, case.number, settings.secret_key)
    return {"code": segno.make(f"{link}#rate", error="m", micro=False).svg_data_uri(scale=4)}


class _Category(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)


class _Partners(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    categories = fields.List(fields.Nested(_Category), required=True)


@once_a_district
def need_categories(district: District) -> tuple[tuple[str, str, str], ...]:
    """Read what partners can be asked for: (code, name, English name).

    Raises PackError when the pack's partners.yml has no categories.
    """
    read = read_part(district.path, "partners.yml", _Partners)
    return tuple((one["code"], one["name"], one["name_en"]) for one in read["categories"])


OFFERS: dict[str, Offer] = {
    "notice": Offer(_notice, _nothing),
    "materials": Offer(_waiting, _nothing),
    "resolve": Offer(_nothing, _nothing),
    "back-office": Offer(_nothing, _nothing),
    "transfer": Offer(_departments, _first_department),
    "rate": Offer(_rating_code, _nothing),
    "close": Offer(_nothing, _nothing),
    "reopen": Offer(_nothing, _nothing),
    "need": Offer(_categories, lambda case: {"wish": case.description}),
    "withdraw": Offer(_nothing, _nothing),
    "promise": Offer(ways_pages_steps.minor, _nothing),
    "way": Offer(ways_pages_steps.ways, lambda case: {"way": case.way}),
    "publish": Offer(ways_pages_steps.notice, _nothing),
    "objection": Offer(_nothing, _nothing),
    "refuse": Offer(ways_pages_steps.remedies, _nothing),
    "hand-over": Offer(ways_pages_steps.others, _nothing),
}
"""action -> its offer."""
