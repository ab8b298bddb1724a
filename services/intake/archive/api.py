"""The JSON API of archive, below ``/api/intake``."""

from collections.abc import Mapping
from typing import Any

from services.intake.api import actor_of
from services.intake.archive import actions, schemas, views
from services.intake.archive.close import Kept
from services.intake.archive.views import Opened
from services.intake.pages_common import runtime
from services.intake.reason import Invalid, Reason, msgid
from shared.permissions import Place
from shared.web import reveal
from shared.web.auth import permit, requires, signed_in
from shared.web.blueprint import ApiBlueprint
from shared.web.i18n import gettext

api = ApiBlueprint("archive", __name__, url_prefix="/api/intake", description="The archive")


@api.route("/archive")
@requires("archive.read")
@api.arguments(schemas.ArchiveQuery(), location="query")
@api.response(200, schemas.Dossiers)
def search(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Dossiers, newest first; an officer finds those of their own community."""
    found = views.find(runtime(), asked, actor_of(signed_in()), asked["page_size"])
    return {"items": [views.row_json(row) for row in found.rows], "more": found.more}


@api.route("/archive/<number>")
@requires("archive.read")
@api.response(200, schemas.DossierOut)
def dossier(number: str) -> dict[str, Any]:
    """One dossier; who brought it is masked."""
    return _whole(views.open_dossier(runtime(), number, actor_of(signed_in())))


@api.route("/archive/<number>/reveal", methods=["POST"])
@requires("person.reveal")
@api.arguments(reveal.RevealIn())
@api.response(200, schemas.DossierOut)
def reveal_dossier(given: Mapping[str, str], number: str) -> dict[str, Any]:
    """One dossier whole; who saw it and why is kept in the audit."""
    asks = actor_of(signed_in())
    masked = views.open_dossier(runtime(), number, asks)
    permit("person.reveal", Place(community=masked.community))
    return _whole(views.open_dossier(runtime(), number, asks, reason=given["reason"]))


@api.route("/archive/end-day", methods=["POST"])
@requires("archive.run")
@api.arguments(schemas.DayEndIn())
@api.response(200, schemas.DayEndOut)
def end_day(given: Mapping[str, str]) -> dict[str, Any]:
    """End the day of a community: close what may be closed, seal what is finished, tell the day."""
    asks = actor_of(signed_in())
    done = actions.end_day(runtime(), _community(given["community"]), asks)
    report = done.report.document() | {"day": done.report.day.isoformat()}
    return {
        "closed": done.closed,
        "sealed": done.sealed,
        "kept": list(map(_kept, done.kept)),
        "unsealed": list(map(_kept, done.unsealed)),
        "report": report,
    }


def _kept(one: Kept) -> dict[str, str]:
    why = gettext(one.why.text, **one.why.values)
    return {"number": one.number, "owner": one.owner, "why": why}


@api.route("/archive/reports")
@requires("archive.read")
@api.arguments(schemas.DayReportQuery(), location="query")
@api.response(200, schemas.DayReportOut)
def report(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The end-of-day report of a community, as it was told."""
    told = views.report(runtime(), _community(asked["community"]), asked["day"])
    return {
        "community": told.report.community,
        "day": told.report.day,
        "version": told.version,
        "made_at": told.made_at,
        "made_by": told.made_by,
        "said": told.report.document(),
    }


def _community(asked: str) -> str:
    """One community: the officer's own, or the one that is named.

    Raises:
        Invalid: none is named by who has no own; Forbidden: it is another's.
    """
    community = views.place_of(actor_of(signed_in()), asked)
    if not community:
        raise Invalid(Reason("community", msgid("没有选社区"), msgid("请选一个社区")))
    return community


def _whole(found: Opened) -> dict[str, Any]:
    seal = found.seal
    names = ("number", "edition", "hash", "sealed_at", "sealed_by")
    return {name: seal[name] for name in names} | {"document": found.document}
