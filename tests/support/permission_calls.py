"""How every address of the four services is asked: the table the permission matrix walks.

A new route needs a line here, or the matrix fails. `{case}`, `{need}` … stand for the things of a
side (`permission_world.Side`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.permission_call import REASON, REASON_FORM, Call
from tests.support.permission_calls_archive import OF_THE_ARCHIVE
from tests.support.permission_calls_channels import OF_CHANNELS
from tests.support.permission_calls_deliberation import OF_DELIBERATION
from tests.support.permission_calls_desk import OF_DESK
from tests.support.permission_calls_grids import OF_GRIDS
from tests.support.permission_calls_hotline import OF_THE_HOTLINE
from tests.support.permission_calls_ledger import OF_THE_LEDGER
from tests.support.permission_calls_open311 import OF_OPEN311
from tests.support.permission_calls_problems import OF_PROBLEMS
from tests.support.permission_calls_rosters import OF_ROSTERS
from tests.support.permission_calls_routing import OF_ORDERS
from tests.support.permission_calls_slots import OF_SLOTS


def _intake(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("intake", endpoint, method, path, **more)


def _notify(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("notify", endpoint, method, path, **more)


def _partners(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("partners", endpoint, method, path, **more)


CASE_IN = {
    "community": "{community}",
    "title": "楼道灯不亮",
    "kind": "complaint",
    "applicant": {"name": "张桂兰", "phone": "13805610009"},
}
STEPS: Mapping[str, Mapping[str, Any]] = {
    "notice": {"missing": ["房产证"]},
    "materials": {"received": ["房产证"]},
    "back-office": {},
    "transfer": {"reason": "超出社区职责"},
    "resolve": {"result": "已修好"},
    "rate": {"grade": "5"},
    "reopen": {"reason": "没有解决"},
    "close": {},
    "withdraw": {"reason": "不办了"},
    "need": {"category": "repair", "wish": "换灯"},
    "way": {"way": "at_home"},
    "promise": {"materials": ["照片"], "reason": "还没有拍"},
    "refuse": {"reason": "不符合条件"},
    "publish": {},
    "objection": {"objection": "不属实"},
    "hand-over": {"to": "backoffice", "reason": "调离"},
}
PAPERS = ("notice", "promise", "publish", "refuse")
"""Steps whose address shows a paper once there is one."""
NEEDS_MORE = ("materials", "promise", "refuse", "publish", "objection", "hand-over")
"""Steps that the state or the matter of these calls does not allow."""
ASKS = {"objection": "case.publish"}
A_FILE = "(a file)"
"""Where a form takes a file: a small paper."""

OF_CASES = [
    _intake("intake.accept", "POST", "/api/intake/cases", json=CASE_IN, about="case"),
    _intake("intake.list_cases", "GET", "/api/intake/cases", shows="case title"),
    _intake(
        "intake.list_cases",
        "GET",
        "/api/intake/cases?community={community}",
        about="search",
        shows="case",
    ),
    _intake("intake.show", "GET", "/api/intake/cases/{case}", about="case", shows="case"),
    *(
        _intake(
            f"intake.{name.replace('-', '_')}",
            "POST",
            f"/api/intake/cases/{{case}}/{name}",
            json=body,
            about="case",
            answers=(409, 422) if name in NEEDS_MORE else (),
            action=ASKS.get(name, f"case.{name}"),
        )
        for name, body in STEPS.items()
    ),
    _intake(
        "intake_catalogue.refusal",
        "GET",
        "/api/intake/refusals/{refusal}",
        about="refusal",
        shows="refusal",
    ),
    _intake(
        "intake.reveal_case",
        "POST",
        "/api/intake/cases/{case}/reveal",
        json=REASON,
        about="case",
        action="case.read",
    ),
    _intake(
        "intake_catalogue.reveal_refusal",
        "POST",
        "/api/intake/refusals/{refusal}/reveal",
        json=REASON,
        about="refusal",
        action="refusal.read",
    ),
    _intake(
        "desk.reveal_case",
        "POST",
        "/desk/{case}/reveal",
        form={"why": "call"},
        about="case",
        action="case.read",
    ),
    _intake("desk.case_again", "GET", "/desk/{case}/reveal", about="case"),
    _intake(
        "papers.reveal_refusal",
        "POST",
        "/desk/refusals/{refusal}/reveal",
        form={"why": "call"},
        about="refusal",
        action="refusal.read",
    ),
    _intake("papers.refusal_again", "GET", "/desk/refusals/{refusal}/reveal", about="refusal"),
    _intake("desk.desk", "GET", "/desk"),
    _intake("desk.desk", "GET", "/desk?state=all", shows="case title"),
    _intake("desk.rows", "GET", "/desk/rows?state=all", shows="case"),
    _intake("ways.mine", "GET", "/my"),
    _intake("desk.case_page", "GET", "/desk/{case}", about="case", shows="case"),
    *(
        _intake(
            f"steps.show_{name}",
            "GET",
            f"/desk/{{case}}/{name}",
            about="case",
            action=ASKS.get(name, f"case.{name}"),
        )
        for name in STEPS
        if name not in PAPERS
    ),
    *(
        _intake(
            f"steps.do_{name}",
            "POST",
            f"/desk/{{case}}/{name}",
            form=body,
            about="case",
            action=ASKS.get(name, f"case.{name}"),
            answers=(422,),
        )
        for name, body in STEPS.items()
    ),
    _intake("papers.receipt", "GET", "/desk/{case}/receipt", about="case", shows="case"),
    _intake("papers.notice", "GET", "/desk/{case}/notice", about="case", action="case.notice"),
    *(
        _intake(
            f"papers_ways.{name}",
            "GET",
            f"/desk/{{case}}/{name}",
            about="case",
            action=f"case.{name}",
        )
        for name in PAPERS
        if name != "notice"
    ),
    _intake("ways.back_office", "GET", "/desk/back-office"),
    _intake("papers.refusal", "GET", "/desk/refusals/{refusal}", about="refusal", shows="refusal"),
    _intake("accept.new", "GET", "/desk/new"),
    _intake("accept.find", "GET", "/desk/new/find?q=灯"),
    _intake(
        "accept.accept",
        "POST",
        "/desk/new",
        form={
            "kind": "complaint",
            "title": "灯不亮",
            "name": "张桂兰",
            "applicant.phone": "13805610009",
        },
    ),
]

OF_FILES = [
    _intake(
        "intake_files.attach",
        "POST",
        "/api/intake/cases/{case}/files",
        form={"file": A_FILE},
        about="case",
        answers=(422,),
    ),
    _intake(
        "intake_files.list_files",
        "GET",
        "/api/intake/cases/{case}/files",
        about="case",
        shows="file",
    ),
    _intake("intake_files.remove", "DELETE", "/api/intake/cases/{case}/files/{file}", about="case"),
    _intake(
        "files.add",
        "POST",
        "/desk/{case}/files",
        form={"file": A_FILE},
        about="case",
        answers=(422,),
    ),
    _intake("files.remove", "POST", "/desk/{case}/files/{file}/remove", form={}, about="case"),
    _intake("files.show", "GET", "/files/{link}", about="file"),
]

OF_PEOPLE = [
    *(
        _intake(
            "intake_people.person",
            "POST",
            "/api/intake/person",
            json={by: f"{{{by}}}", "reason": "本人申请"},
            about="search",
            shows="case",
        )
        for by in ("case", "phone")
    ),
    _intake("intake_people.list_requests", "GET", "/api/intake/person/requests"),
    _intake(
        "intake_people.take_request",
        "POST",
        "/api/intake/person/requests",
        json={"kind": "export", "about": "{case}", "checked": "id_card"},
        about="case",
    ),
    # No request is there: which one it is, and whose, is asked of the handler (test_people.py).
    _intake(
        "intake_people.refuse_request",
        "POST",
        "/api/intake/person/requests/QL-261121-0001-76/refuse",
        json=REASON,
        answers=(404,),
    ),
    _intake(
        "intake_people.correct",
        "POST",
        "/api/intake/person/correct",
        json={"cases": ["{case}"], "name": "王建设", "phone": "{phone}", "reason": "写错了"},
        about="case",
    ),
    _intake(
        "intake_people.erase",
        "POST",
        "/api/intake/person/erase",
        json={"cases": ["{case}"], "reason": "本人要求"},
        about="case",
    ),
    _intake("people.door", "GET", "/desk/people"),
    _intake("people.find", "POST", "/desk/people", form={"q": "{case}"}, answers=(422,)),
    _intake("people.show", "GET", "/desk/people/of/{case}", about="case", shows="case"),
    _intake(
        "people.take",
        "POST",
        "/desk/people/of/{case}/request",
        form={"kind": "export", "channel": "phone", "checked": "call_back"},
        about="case",
    ),
    _intake(
        "people.export",
        "POST",
        "/desk/people/of/{case}/export",
        form={"why_export": "本人申请", "form": "json"},
        about="case",
        shows="case",
    ),
    _intake(
        "people.correct",
        "POST",
        "/desk/people/of/{case}/correct",
        form={"cases": "{case}", "name": "王", "phone": "{phone}", "why_correct": "写错了"},
        about="case",
    ),
    # Open still, so that it is told why not: 422.
    _intake(
        "people.erase",
        "POST",
        "/desk/people/of/{case}/erase",
        form={"erased": "{case}", "why_erase": "本人要求"},
        about="case",
        answers=(422,),
    ),
    _intake(
        "people.refuse_one",
        "POST",
        "/desk/people/of/{case}/refuse/QL-261121-0001-76",
        form={"reason": "不是本人"},
        about="case",
        answers=(422,),
    ),
    _intake("intake_people.dry_run", "GET", "/api/intake/retention"),
    _intake("intake_people.run_now", "POST", "/api/intake/retention"),
    _intake("retention.dry_run", "GET", "/desk/retention"),
    _intake("retention.run_now", "POST", "/desk/retention", form={}),
]

OF_ACCOUNTS = [
    _intake("intake.me", "GET", "/api/intake/me"),
    _intake("intake.sign_out", "DELETE", "/api/intake/session"),
    _intake("account.own", "GET", "/account"),
    _intake("account.own", "POST", "/account", form={}, answers=(422,)),
    _intake("accounts.listed", "GET", "/accounts", shows="clerk"),
    _intake("accounts.new", "GET", "/accounts/new"),
    _intake(
        "accounts.new",
        "POST",
        "/accounts/new",
        form={"username": "newcomer", "name": "新人", "role": "supervisor"},
    ),
    _intake("accounts.show", "GET", "/accounts/of/{clerk}"),
    _intake(
        "accounts.show",
        "POST",
        "/accounts/of/{clerk}",
        form={"name": "丁一", "role": "desk", "community": "{community}"},
    ),
    *(
        _intake(f"accounts.{name}", "POST", f"/accounts/of/{{clerk}}/{path}", form={})
        for name, path in {
            "disable": "disable",
            "enable": "enable",
            "end_sessions": "end-sessions",
            "give_password": "password",
        }.items()
    ),
]

FOR_EVERYBODY = [
    _intake("home.home", "GET", "/"),
    _intake("home.guides", "GET", "/guides"),
    _intake("home.guide", "GET", "/guide/G-01"),
    _intake("home.not_issued", "GET", "/not-issued"),
    _intake("intake_catalogue.items", "GET", "/api/intake/items"),
    _intake("intake_catalogue.item", "GET", "/api/intake/items/G-01"),
    _intake("intake_catalogue.communities", "GET", "/api/intake/communities"),
    _intake("intake_catalogue.not_issued", "GET", "/api/intake/not-issued"),
    _intake("sign_in.ask", "GET", "/sign-in"),
    # Wrong on purpose: asking is allowed to everybody, getting in is not.
    _intake(
        "sign_in.enter",
        "POST",
        "/sign-in",
        form={"username": "", "password": ""},
        answers=(401, 422),
    ),
    _intake("sign_in.sign_out", "POST", "/sign-out", form={}),
    _intake("intake.sign_in", "POST", "/api/intake/session", json={}, answers=(422,)),
    _intake("account.first_password", "GET", "/account/new-password"),
    _intake("account.first_password", "POST", "/account/new-password", form={}),
    # No identity provider here: whoever asks is led back, or told that there is none.
    _intake("oidc.begin", "GET", "/sign-in/oidc", answers=(404,)),
    _intake("oidc.back", "GET", "/sign-in/oidc/callback", answers=(404,)),
    _intake("oidc.signed_out", "GET", "/sign-out/done", answers=(404,)),
    _intake("track.door", "GET", "/track"),
    _intake("track.find", "POST", "/track", form={"number": "{case}", "phone": "{phone}"}),
    _intake("track.matter", "GET", "/track/{token}"),
    _intake("track.rate", "POST", "/track/{token}/rate", form={"grade": "5"}, answers=(422,)),
    _intake("track.reopen", "POST", "/track/{token}/reopen", form={"reason": "x"}, answers=(422,)),
    _intake("rights.mine", "GET", "/track/{token}/mine"),
    _intake("rights.export", "POST", "/track/{token}/mine/export", form={"phone": "{phone}"}),
    _intake("rights.ask", "POST", "/track/{token}/mine/ask", form={"kind": "erase"}),
    _intake("files.send", "POST", "/track/{token}/files", form={}, answers=(422,)),
    # A file of the desk is no resident's, whoever holds the link; that it is there is not told.
    _intake(
        "files.take_back", "POST", "/track/{token}/files/{file}/remove", form={}, answers=(403, 404)
    ),
    _intake("files.show_own", "GET", "/track/{token}/files/{link}", answers=(404,)),
    _partners("partners.home", "GET", "/partners"),
    _partners("partners.home", "GET", "/partners?view=directory"),
    _partners("partners.show", "GET", "/partners/{partner}"),
    _partners("partners-api.list_categories", "GET", "/api/partners/categories"),
    _partners("partners-api.list_partners", "GET", "/api/partners/partners"),
    _partners(
        "partners-api.list_partners",
        "GET",
        "/api/partners/partners?state=pending",
        action="partner.decide",
    ),
    _partners("partners-api.get_partner", "GET", "/api/partners/partners/{partner}"),
    _partners("points-api.list_rewards", "GET", "/api/partners/rewards"),
    *(
        Call(name, "healthz", "GET", "/healthz")
        for name in ("intake", "routing", "notify", "partners")
    ),
]


OF_MESSAGES = [
    _notify("messages.messages", "GET", "/api/notify/messages", shows="message"),
    _notify(
        "messages.messages",
        "GET",
        "/api/notify/messages?case={case}",
        about="search",
        shows="message",
    ),
    _notify(
        "messages.message",
        "GET",
        "/api/notify/messages/{message}",
        about="message",
        shows="message",
    ),
    _notify("messages.resend", "POST", "/api/notify/messages/{message}/resend", about="message"),
    _notify("messages.templates", "GET", "/api/notify/templates"),
    _notify("messages.preview_template", "POST", "/api/notify/templates/receipt/preview", json={}),
    _notify("pages.messages", "GET", "/messages", shows="message"),
    _notify("pages.message", "GET", "/messages/{message}", about="message", shows="message"),
    _notify("pages.resend", "POST", "/messages/{message}/resend", form={}, about="message"),
    _notify("pages.templates", "GET", "/messages/templates"),
    _notify(
        "messages.reveal_message",
        "POST",
        "/api/notify/messages/{message}/reveal",
        json=REASON,
        about="message",
        action="message.read",
    ),
    *(
        _notify(
            "messages.person",
            "POST",
            "/api/notify/person",
            json={by: f"{{{by}}}", "reason": "本人申请"},
            about="search",
            shows="case",
        )
        for by in ("phone", "case")
    ),
    _notify(
        "pages.person",
        "POST",
        "/messages/person",
        form={"case": "{case}", "reason": "本人申请"},
        about="search",
        shows="case",
    ),
    _notify(
        "pages.reveal_message",
        "POST",
        "/messages/{message}/reveal",
        form=REASON_FORM,
        about="message",
        action="message.read",
    ),
]

OF_PARTNERS = [
    _partners("partners-api.list_needs", "GET", "/api/partners/needs", shows="need"),
    _partners(
        "partners-api.list_needs",
        "GET",
        "/api/partners/needs?community={community}",
        about="search",
        shows="need",
    ),
    _partners(
        "partners-api.get_need", "GET", "/api/partners/needs/{need}", about="need", shows="need"
    ),
    *(
        _partners(
            "partners-api.answer",
            "POST",
            f"/api/partners/needs/{{need}}/{verb}",
            json={},
            about="need",
        )
        for verb in ("decline", "fulfil")
    ),
    _partners("partners-api.accept", "POST", "/api/partners/needs/{need}/accept", about="need"),
    _partners(
        "partners-api.confirm", "POST", "/api/partners/needs/{need}/confirm", json={}, about="need"
    ),
    _partners(
        "partners-api.offer",
        "POST",
        "/api/partners/needs/{need}/offer",
        json={"partners": ["demo-wei-master"]},
        about="need",
    ),
    _partners(
        "partners-api.send_back",
        "POST",
        "/api/partners/needs/{need}/send-back",
        json={"note": "没修好"},
        about="need",
    ),
    # A partner to whom it was only offered has not taken it yet, and learns nobody's name.
    _partners(
        "partners-api.reveal_need",
        "POST",
        "/api/partners/needs/{need}/reveal",
        json=REASON,
        about="need",
        action="need.read",
        answers=(403,),
    ),
    _partners(
        "partners_needs.reveal_need",
        "POST",
        "/partners/needs/{need}/reveal",
        form=REASON_FORM,
        about="need",
        action="need.read",
        answers=(403,),
    ),
    *(
        _partners(
            "partners-api.person",
            "POST",
            "/api/partners/person",
            json={by: f"{{{by}}}", "reason": "本人申请"},
            about="search",
            shows="need",
        )
        for by in ("phone", "case")
    ),
    _partners(
        "partners_needs.person",
        "POST",
        "/partners/person",
        form={"case": "{case}", "reason": "本人申请"},
        about="search",
        shows="need",
    ),
    _partners("partners_needs.show", "GET", "/partners/needs/{need}", about="need", shows="need"),
    *(
        _partners(
            "partners_needs.answer",
            "POST",
            f"/partners/needs/{{need}}/{verb}",
            form={},
            about="need",
        )
        for verb in ("accept", "decline", "fulfil")
    ),
    *(
        _partners(
            "partners_needs.settle",
            "POST",
            f"/partners/needs/{{need}}/{verb}",
            form={},
            about="need",
        )
        for verb in ("confirm", "send_back")
    ),
    _partners(
        "partners_needs.offer",
        "POST",
        "/partners/needs/{need}/offer",
        form={"partners": "demo-wei-master"},
        about="need",
    ),
    _partners(
        "partners-api.register",
        "POST",
        "/api/partners/partners",
        json={
            "code": "kuaixiu",
            "name": "快修社",
            "kind": "community",
            "phone": "13805610001",
            "communities": ["340603002001"],
            "offerings": [{"list": "service", "category": "repair", "name": "开锁换锁"}],
        },
    ),
    *(
        _partners("partners-api.decide", "POST", f"/api/partners/partners/{{partner}}/{verb}")
        for verb in ("approve", "refuse")
    ),
    *(
        _partners(
            "partners.decide", "POST", f"/partners/{{partner}}/{verb}", form={}, answers=(409,)
        )
        for verb in ("approve", "refuse")
    ),
    _partners("partners.join", "GET", "/partners/join"),
    _partners("partners.join", "POST", "/partners/join", form={}, answers=(422,)),
    _partners("points-api.list_entries", "GET", "/api/partners/ledger"),
    _partners("points-api.verify", "GET", "/api/partners/ledger/verify"),
    _partners(
        "points-api.get_passbook", "GET", "/api/partners/passbooks/{partner}", about="passbook"
    ),
    _partners("points-api.list_vouchers", "GET", "/api/partners/redemptions", shows="voucher"),
    _partners(
        "points-api.cancel", "POST", "/api/partners/redemptions/{voucher}/cancel", about="voucher"
    ),
    _partners(
        "points-api.hand_over",
        "POST",
        "/api/partners/redemptions/{voucher}/hand-over",
        about="voucher",
    ),
    _partners("points-api.redeem", "POST", "/api/partners/rewards/{reward}/redeem", json={}),
    _partners("partners_points.home", "GET", "/points"),
    _partners("partners_points.passbook_of", "GET", "/points/{partner}", about="passbook"),
    # Of another's voucher the page says that there is none, on the page one came from.
    _partners(
        "partners_points.hand_over",
        "POST",
        "/points/hand-over",
        form={"voucher": "{voucher}"},
        about="told",
    ),
    _partners("partners_points.redeem", "POST", "/points/redeem/{reward}", form={}),
    _partners(
        "partners_points.cancel", "POST", "/points/vouchers/{voucher}/cancel", form={}, about="told"
    ),
]

OF_THE_AUDIT = [
    Call(service, endpoint, method, path.format(service))
    for service in ("intake", "routing", "notify", "partners")
    for endpoint, method, path in (
        ("audit.entries", "GET", "/audit/{}"),
        ("audit.export", "GET", "/audit/{}/export"),
        ("audit.verify", "POST", "/audit/{}/verify"),
        ("audit_api.entries", "GET", "/api/{}/audit"),
        ("audit_api.verify", "POST", "/api/{}/audit/verify"),
    )
]

GROUPS: Mapping[str, Sequence[Call]] = {
    "cases": OF_CASES,
    "desk": OF_DESK,
    "files": OF_FILES,
    "people": OF_PEOPLE,
    "accounts": OF_ACCOUNTS,
    "everybody": FOR_EVERYBODY,
    "grids": OF_GRIDS,
    "open311": OF_OPEN311,
    "orders": OF_ORDERS,
    "problems": OF_PROBLEMS,
    "channels": OF_CHANNELS,
    "messages": OF_MESSAGES,
    "partners": OF_PARTNERS,
    "rosters": OF_ROSTERS,
    "hotline": OF_THE_HOTLINE,
    "ledger": OF_THE_LEDGER,
    "slots": OF_SLOTS,
    "deliberation": OF_DELIBERATION,
    "archive": OF_THE_ARCHIVE,
    "audit": OF_THE_AUDIT,
}
CALLS: tuple[Call, ...] = tuple(call for group in GROUPS.values() for call in group)
