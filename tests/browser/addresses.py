"""Which pages there are, and who looks at each; `{thing}` is one that things.py makes."""

from dataclasses import dataclass
from pathlib import Path

from tests.support.permission_world import World


@dataclass(frozen=True)
class Address:
    """A page to be looked at.

    Attributes:
        who: the account that looks; "" for everybody.
        rule: of the url map.
        path: what is asked for.
    """

    who: str
    rule: str
    path: str


OF_EVERYBODY = {
    "/": ("/",),
    "/book": ("/book",),
    "/book/<community>": ("/book/{community}", "/book/{community}?q=津贴"),
    "/book/<community>/<item>": ("/book/{community}/{item}",),
    "/book/<community>/<item>/<slot>": ("/book/{community}/{item}/{slot}",),
    "/book/<community>/<item>/times": ("/book/{community}/{item}/times",),
    "/book/mine": ("/book/mine",),
    "/book/of/<token>": ("/book/of/{booked}",),
    "/book/of/<token>/move": ("/book/of/{booked}/move",),
    "/guide/<code>": ("/guide/{item}", "/guide/{item}?elder=1"),
    "/guides": ("/guides", "/guides?q=津贴&elder=1"),
    "/not-issued": ("/not-issued",),
    "/orders/form/<token>": ("/orders/form/{form}",),
    "/partners": ("/partners",),
    "/partners/<code>": ("/partners/{partner}",),
    "/queue/<community>": ("/queue/{community}",),
    "/queue/<community>/take": ("/queue/{community}/take",),
    "/queue/<community>/ticket/<ticket>": ("/queue/{community}/ticket/{ticket}",),
    "/sign-in": ("/sign-in",),
    "/snap": ("/snap",),
    "/talk": ("/talk",),
    "/talk/<number>": ("/talk/{decided}",),
    "/track": ("/track", "/track?elder=1"),
    "/track/<token>": ("/track/{track}", "/track/{track}?elder=1"),
    "/track/<token>/mine": ("/track/{track}/mine",),
}
OF_OFFICERS = {
    "/account": ("/account",),
    "/desk": ("/desk?state=all",),
    "/desk/<number>": ("/desk/{case}", "/desk/{noticed}", "/desk/{done}"),
    "/desk/<number>/back-office": ("/desk/{case}/back-office",),
    "/desk/<number>/close": ("/desk/{done}/close",),
    "/desk/<number>/materials": ("/desk/{noticed}/materials",),
    "/desk/<number>/need": ("/desk/{case}/need",),
    "/desk/<number>/notice": ("/desk/{noticed}/notice",),
    "/desk/<number>/objection": ("/desk/{published}/objection",),
    "/desk/<number>/promise": ("/desk/{promised}/promise",),
    "/desk/<number>/publish": ("/desk/{published}/publish",),
    "/desk/<number>/rate": ("/desk/{done}/rate",),
    "/desk/<number>/receipt": ("/desk/{case}/receipt",),
    "/desk/<number>/refuse": ("/desk/{refused}/refuse",),
    "/desk/<number>/reopen": ("/desk/{done}/reopen",),
    "/desk/<number>/resolve": ("/desk/{case}/resolve",),
    "/desk/<number>/transfer": ("/desk/{case}/transfer",),
    "/desk/<number>/way": ("/desk/{case}/way",),
    "/desk/<number>/withdraw": ("/desk/{case}/withdraw",),
    "/desk/archive": ("/desk/archive",),
    "/desk/archive/<number>": ("/desk/archive/{archived}",),
    "/desk/archive/days/<day>": ("/desk/archive/days/{day}",),
    "/desk/back-office": ("/desk/back-office",),
    "/desk/bookings": ("/desk/bookings",),
    "/desk/bookings/<number>": ("/desk/bookings/{booking}",),
    "/desk/bookings/new": ("/desk/bookings/new",),
    "/desk/care": ("/desk/care",),
    "/desk/care/<number>": ("/desk/care/{care}",),
    "/desk/care/<number>/change": ("/desk/care/{care}/change",),
    "/desk/care/new": ("/desk/care/new",),
    "/desk/catalogue": ("/desk/catalogue",),
    "/desk/catalogue/items/<code>": ("/desk/catalogue/items/{item}",),
    "/desk/catalogue/proposals": ("/desk/catalogue/proposals",),
    "/desk/catalogue/proposals/<number>": ("/desk/catalogue/proposals/{proposal}",),
    "/desk/catalogue/propose": ("/desk/catalogue/propose",),
    "/desk/catalogue/review": ("/desk/catalogue/review",),
    "/desk/catalogue/versions/<int:number>": ("/desk/catalogue/versions/{version}",),
    "/desk/deliberation": ("/desk/deliberation",),
    "/desk/deliberation/<number>": ("/desk/deliberation/{matter}",),
    "/desk/deliberation/new": ("/desk/deliberation/new",),
    "/desk/ledger": ("/desk/ledger",),
    "/desk/ledger/<number>": ("/desk/ledger/{demand}",),
    "/desk/new": ("/desk/new", "/desk/new?item={item}"),
    "/desk/people": ("/desk/people",),
    "/desk/people/of/<number>": ("/desk/people/of/{case}",),
    "/desk/queue": ("/desk/queue",),
    "/desk/refusals/<number>": ("/desk/refusals/{refusal}",),
    "/desk/reports": ("/desk/reports?state=all",),
    "/desk/reports/<number>": ("/desk/reports/{report}",),
    "/desk/reports/notices": ("/desk/reports/notices",),
    "/desk/reports/notices/<number>": ("/desk/reports/notices/{rectification}",),
    "/desk/reports/notices/<number>/paper": ("/desk/reports/notices/{rectification}/paper",),
    "/desk/reports/notices/new": ("/desk/reports/notices/new",),
    "/messages": ("/messages",),
    "/messages/<message_id>": ("/messages/{message}",),
    "/my": ("/my",),
    "/partners/needs/<number>": ("/partners/needs/{need}",),
}
OF_MANAGERS = {
    "/desk/<number>/hand-over": ("/desk/{case}/hand-over",),
    "/desk/bookings/slots": ("/desk/bookings/slots",),
    "/desk/bookings/slots/new": ("/desk/bookings/slots/new",),
    "/desk/roster": ("/desk/roster",),
    "/figures": ("/figures",),
}
OF_GRID_WORKERS = {
    "/field": ("/field",),
    "/field/new": ("/field/new", "/field/new?kind=visit&care={care}"),
    "/field/offline": ("/field/offline",),
}
OF_SUPERVISORS = {
    "/desk/hotline": ("/desk/hotline",),
    "/desk/hotline/imports/<import_id>": ("/desk/hotline/imports/{import}",),
    "/messages/templates": ("/messages/templates",),
    "/orders/channels": ("/orders/channels",),
    "/orders/channels/<code>": ("/orders/channels/ga",),
    "/supervise": ("/supervise",),
    "/supervise/clusters": ("/supervise/clusters",),
    "/supervise/clusters/<number>": ("/supervise/clusters/{cluster}",),
    "/supervise/follow-ups": ("/supervise/follow-ups",),
    "/supervise/follow-ups/<number>": ("/supervise/follow-ups/{follow_up}",),
    "/supervise/look-backs": ("/supervise/look-backs",),
    "/supervise/problems": ("/supervise/problems",),
    "/supervise/problems/<number>": ("/supervise/problems/{problem}",),
    "/supervise/problems/new": ("/supervise/problems/new",),
    "/supervise/rates": ("/supervise/rates",),
}
OF_DEPARTMENTS = {
    "/orders": ("/orders",),
    "/orders/<number>": ("/orders/{order}",),
}
OF_PARTNERS = {"/points": ("/points",)}
OF_ADMINS = {
    "/accounts": ("/accounts",),
    "/accounts/new": ("/accounts/new",),
    "/accounts/of/<username>": ("/accounts/of/desk",),
    "/partners/join": ("/partners/join",),
    "/desk/retention": ("/desk/retention",),
    "/points/<owner>": ("/points/{partner}",),
}
OF_AUDITORS = {
    f"/audit/{service}": (f"/audit/{service}",)
    for service in ("intake", "routing", "notify", "partners")
}
SEEN_BY = {
    "": OF_EVERYBODY,
    "desk": OF_OFFICERS,
    "manager": OF_MANAGERS,
    "grid": OF_GRID_WORKERS,
    "supervisor": OF_SUPERVISORS,
    "dept-ga": OF_DEPARTMENTS,
    "partner": OF_PARTNERS,
    "admin": OF_ADMINS,
    "auditor": OF_AUDITORS,
}
ADDRESSES = [
    Address(who, rule, path)
    for who, seen in SEEN_BY.items()
    for rule, paths in seen.items()
    for path in paths
]

A_FILE = "a file to be kept, or a picture"
A_PART = "a part of a page, which is looked at with the page"
LEADS_ON = "leads on to another page, always"
NOT_PAGES = {
    "/account/new-password": "only who has just signed in with a given password (test_accounts)",
    **{f"/audit/{one}/export": A_FILE for one in ("intake", "routing", "notify", "partners")},
    "/book/of/<token>/calendar.ics": A_FILE,
    "/calendars/<token>.ics": A_FILE,
    "/desk/<number>/notice.pdf": A_FILE,
    **{f"/desk/<number>/{one}.pdf": A_FILE for one in ("promise", "publish", "receipt", "refuse")},
    "/desk/<number>/reveal": LEADS_ON,
    "/desk/archive/<number>/paper.pdf": A_FILE,
    "/desk/archive/<number>/reveal": LEADS_ON,
    "/desk/archive/days/<day>/paper.pdf": A_FILE,
    "/desk/hotline/imports/<import_id>/bad.xlsx": A_FILE,
    "/desk/hotline/imports/<import_id>/progress": A_PART,
    "/desk/hotline/returns/<return_id>.<kind>": A_FILE,
    "/desk/hotline/template.xlsx": A_FILE,
    "/desk/new/find": A_PART,
    "/desk/queue/rows": A_PART,
    "/desk/refusals/<number>/paper.pdf": A_FILE,
    "/desk/refusals/<number>/reveal": LEADS_ON,
    "/desk/reports/photos/<token>": A_FILE,
    "/desk/rows": A_PART,
    "/field/outbox": "JSON for the phone's script",
    "/field/worker.js": "the phone's script",
    "/figures/export.<kind>": A_FILE,
    "/files/<token>": A_FILE,
    "/healthz": "JSON for who watches the machines",
    "/open311/v2/discovery.<written>": "Open311, for programs",
    "/open311/v2/requests.<written>": "Open311, for programs",
    "/open311/v2/requests/<number>.<written>": "Open311, for programs",
    "/open311/v2/services.<written>": "Open311, for programs",
    "/open311/v2/services/<code>.<written>": "Open311, for programs",
    "/orders/rows": A_PART,
    "/queue/<community>/numbers": A_PART,
    "/queue/<community>/ticket/<ticket>/turn": A_PART,
    "/sign-in/oidc": LEADS_ON,
    "/sign-in/oidc/callback": LEADS_ON,
    "/sign-out/done": LEADS_ON,
    "/supervise/parts": A_PART,
    "/track/<token>/files/<signature>": A_FILE,
}


def rules_of_pages(folder: Path) -> set[str]:
    """Every rule that the four services answer to by GET, but the API's and files that stand."""
    applications = [app for app, _ in World.services(folder).values()]
    return {
        rule.rule
        for app in applications
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/api/")
        if not rule.rule.endswith("<path:filename>")
    }
