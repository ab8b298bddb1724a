"""What the pages of acceptance show: what fits what was typed, and the form beside its item."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import flask

from services.intake.case import APPLY
from services.intake.desk.forms_accept import LABELS
from services.intake.desk.highlight import other_word, parts
from services.intake.desk.pack import desk_of, groups_of
from services.intake.drafts import store as drafts
from services.intake.drafts.draft import KEPT, Draft, complete_since
from services.intake.drafts.opened import read_stamp, stamp
from services.intake.drafts.pages import left_of
from services.intake.ledger import store_catalogue
from services.intake.pages_common import department_short, matters_for, named, runtime
from services.intake.residents.pages_home import FOR_RESIDENTS, certificate_named
from services.intake.slots import store_references
from shared.clock import now
from shared.district import Choice, Item, NotIssued
from shared.mask import mask_name
from shared.web import auth
from shared.web.auth import signed_in
from shared.web.forms import Form
from shared.web.i18n import CHINESE, gettext, language

MOST_FOUND = 8
MOST_MATTERS = 5
MOST_USED = 9
"""As many as there are number keys."""
ONLINE = ("online", "open311")
"""Channels nobody at a desk takes a matter from."""
USUAL_CHANNEL = {auth.GRID: "grid"}
AT_DESK = "desk"
"""Where an item is done for which the eight minutes are promised."""


def found(asked: str, reference: str = "") -> dict[str, Any]:
    """What fits what was typed, for `_found.html`; its links carry the reference on."""
    district = store_catalogue.district_now(runtime())
    matters = matters_for(asked)[:MOST_MATTERS] if asked else []
    items = district.search_items(asked, MOST_FOUND)
    return {
        "asked": asked,
        "carried": {"from": reference} if reference else {},
        "found": [(item, parts(named(item), asked), other_word(item, asked)) for item in items],
        "refusal": district.refusal_for(asked) or (None if items else certificate_named(asked)),
        "matters": [(m, department_short(district.departments[m.department])) for m in matters],
        "usual": [] if asked else _usual(),
        "common": [item for item in district.items.values() if item.item_class in FOR_RESIDENTS],
        "kinds": [kind for kind in district.rules.kinds if kind.code != APPLY],
    }


def finding_page(asked: str, reference: str = "") -> dict[str, Any]:
    """The page on which one finds, with what was begun and not sent."""
    username = signed_in().username
    with runtime().database.read() as connection:
        begun = drafts.of_officer(connection, username, now() - KEPT)
    return found(asked, reference) | {"drafts": [(draft, _about(draft)) for draft in begun]}


def first_form() -> Form:
    """The form before anybody typed."""
    asked = flask.request.args
    channel = USUAL_CHANNEL.get(signed_in().role, "desk")
    matter = runtime().district.out_of_scope.get(asked.get("matter", ""))
    said = asked.get("q", "").strip()
    return Form(
        {
            "item": asked.get("item", ""),
            "matter": asked.get("matter", ""),
            "kind": asked.get("kind") or APPLY,
            "title": said or (matter.name if matter else ""),
            "urgency": "normal",
            "channel": channel,
            "language": "zh",
            "way": desk_of(runtime().district).usual_way,
        }
        | _handed_over(asked.get("from", ""))
    )


def _handed_over(reference: str) -> dict[str, Any]:
    """What a booking or ticket says of who comes: on the server, so that no address does."""
    if not reference:
        return {}
    with runtime().database.read() as connection:
        told = store_references.find(connection, reference, signed_in().username)
    return told | {"reference": reference} if told else {}


def form_of_draft(draft: Draft) -> Form:
    """The form as it was left; sent, it is the same form."""
    return Form({**draft.content, "once": draft.id})


def form_page(form: Form, certificate: NotIssued | None = None, draft: Draft | None = None) -> str:
    """The form, and beside it what the item asks for and promises."""
    district, rules = store_catalogue.district_now(runtime()), desk_of(runtime().district)
    item: Item | None = district.items.get(str(form.value("item")))
    matter = district.out_of_scope.get(str(form.value("matter")))
    kinds = {kind.code: kind for kind in district.rules.kinds}
    code = matter.department if matter else (item.department if item else None)
    opened = _opened(form, draft)
    required = [m for m in item.materials if m.required] if item else []
    return flask.render_template(
        "intake/desk_accept.html",
        form=form,
        item=item,
        matter=matter,
        kind=kinds.get(str(form.value("kind")), kinds[APPLY]),
        department=district.departments.get(code or ""),
        certificate=certificate,
        labels={name: gettext(label) for name, label in LABELS.items()},
        urgencies=[(u.code, named(u), _note(u)) for u in district.rules.urgencies],
        channels=_options(c for c in district.rules.channels if c.code not in ONLINE),
        ways=[(way.code, named(way)) for way in rules.ways],
        groups=_options(groups_of(district)),
        by_worker=[named(group) for group in groups_of(district) if group.by_worker],
        minor=[m.name for m in required if rules.promise.minor(m.name)],
        promise_days=rules.promise.workdays,
        once=str(form.value("once")) or secrets.token_urlsafe(12),
        opened=stamp(opened, runtime().settings.secret_key),
        draft=draft,
        begun=_begun(form) if draft is None and not form.value("once") else [],
        left=left_of(_complete_since(form, item, draft, opened)),
        minutes=district.rules.desk_minutes if _clocked(item) else 0,
    )


def _begun(form: Form) -> list[tuple[Draft, str]]:
    """The latest form for the same thing that this officer left unsent, if there is one."""
    subject = str(form.value("item") or form.value("kind"))
    with runtime().database.read() as connection:
        drafts_now = drafts.of_officer(connection, signed_in().username, now() - KEPT)
    same = [draft for draft in drafts_now if draft.subject == subject]
    return [(draft, _about(draft)) for draft in same[:1]]


def _clocked(item: Item | None) -> bool:
    """Whether the minutes are promised for this: an item that the desk does itself (N, 4-03)."""
    promised = runtime().district.rules.desk_minutes_promised
    return promised and item is not None and item.handled_at == AT_DESK


def _opened(form: Form, draft: Draft | None) -> datetime:
    secret = runtime().settings.secret_key
    if draft is not None:
        return draft.opened_at
    return read_stamp(str(form.value("opened")), secret) or now()


def _complete_since(
    form: Form, item: Item | None, draft: Draft | None, opened: datetime
) -> datetime | None:
    return complete_since(item, form.chosen("materials"), draft, opened, now())


def _about(draft: Draft) -> str:
    """What a draft is called in the list: whom and what it is about, as lists show people."""
    content = draft.content
    item = store_catalogue.items_now(runtime()).get(draft.subject)
    what = named(item) if item else str(content.get("title") or gettext("还没写事由"))
    who = mask_name(str(content.get("name", "")))
    return f"{who}　{what}" if who else what


def _usual() -> list[Item]:
    """The items this officer takes in most, for the number keys."""
    with runtime().database.read() as connection:
        codes = drafts.most_used(connection, signed_in().username, MOST_USED)
    known = store_catalogue.items_now(runtime())
    return [known[code] for code in codes if code in known]


def _note(choice: Choice) -> str:
    """The pack's notes are Chinese only."""
    return choice.note or "" if language() == CHINESE else ""


def _options(choices: Iterable[Any]) -> list[tuple[str, str]]:
    return [(choice.code, named(choice)) for choice in choices]
