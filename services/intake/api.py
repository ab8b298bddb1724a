"""The JSON API of cases and of sign-in, `/api/intake`."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, cast

import flask

from services.intake import handlers, queries, rules, schemas, views
from services.intake.acceptance import Acceptance
from services.intake.case import STATES, Actor, Case, Entry
from services.intake.masked import masked_entries
from services.intake.models import cases
from services.intake.problems import NotIssuedHere
from services.intake.queries import Filter
from services.intake.reason import Forbidden, Invalid, Reason, allow, msgid
from services.intake.staff import actions as staff_actions
from services.intake.staff import sessions as staff_sessions
from services.intake.ways import handlers as ways_handlers
from services.intake.ways import schemas as ways_schemas
from shared.characters import storable
from shared.db import Transaction
from shared.permissions import Place, Scope, scope_of
from shared.runtime import Runtime
from shared.track_link import track_url
from shared.web import reveal
from shared.web.auth import (
    User,
    current_session,
    issue_token,
    permit,
    public,
    requires,
    signed_in,
)
from shared.web.blueprint import ApiBlueprint
from shared.web.context import web_of
from shared.web.problem import Problem, ProblemSchema

LONGEST_KEY = 200

api = ApiBlueprint("intake", __name__, url_prefix="/api/intake", description="Cases and sign-in")


@api.route("/session", methods=["POST"])
@public("session.begin")
@api.arguments(schemas.Credentials())
@api.alt_response(401, schema=ProblemSchema, description="Not this username and password")
@api.alt_response(403, schema=ProblemSchema, description="A one-time password that ran out")
@api.response(200, schemas.SessionOut)
def sign_in(given: Mapping[str, str]) -> dict[str, Any]:
    """Sign in: a token for every service."""
    account = staff_actions.sign_in(given["username"], given["password"])
    if account is None:
        raise Problem(
            401,
            "wrong-credentials",
            msgid("用户名或密码不对"),
            detail=msgid("请核对后再试；忘了密码请找系统管理员。"),
        )
    if account.must_change:
        raise Problem(
            403,
            "password-must-change",
            msgid("这个密码是别人给的，要先换成自己的"),
            detail=msgid("请先在网页上登录，换好密码再来。"),
        )
    staff_actions.entered(account, staff_actions.PASSWORD, given["password"])
    user = account.user
    token = issue_token(user, web_of().secret, began=account.seen_at)
    return {"token": token, "user": asdict(user)}


@api.route("/session", methods=["DELETE"])
@requires("session.own")
@api.response(204)
def sign_out() -> None:
    """Sign out: this token is good nowhere any more."""
    session = current_session()
    if session is not None:
        username, one = session.user.username, session.id
        _runtime().database.run(lambda tx: staff_sessions.end(tx, username, one))


@api.route("/me")
@requires("session.own")
@api.response(200, schemas.UserOut)
def me() -> dict[str, Any]:
    """Who is signed in."""
    return asdict(signed_in())


@api.route("/cases", methods=["POST"])
@requires("case.accept")
@api.arguments(schemas.CaseIn())
@api.response(201, schemas.CaseOut)
@api.doc(  # type: ignore[untyped-decorator]
    parameters=[
        {
            "in": "header",
            "name": "Idempotency-Key",
            "schema": {"type": "string", "maxLength": LONGEST_KEY},
            "description": "Sent again within a week with the same body: the same case",
        }
    ]
)
def accept(given: Mapping[str, Any]) -> flask.Response:
    """Accept a matter: a receipt, or 422 `not-issued` where communities must not certify.

    The answer masks who brought it, what was just sent included; `reveal` shows the whole.
    """
    asked = _acceptance(given)
    outcome = _runtime().database.run(lambda tx: handlers.accept_case(tx, asked))
    if outcome.refusal is not None:
        raise NotIssuedHere(outcome.refusal)
    case = cast("Case", outcome.case)
    response = _answer(case, 201, track_url=_link(case))
    response.headers["Location"] = f"/api/intake/cases/{cast('Case', outcome.case).number}"
    if outcome.repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response


@api.route("/cases")
@requires("case.read")
@api.arguments(schemas.CaseQuery(), location="query")
@api.response(200, schemas.CasePage)
def list_cases(asked: Mapping[str, Any]) -> flask.Response:
    """Cases, the nearest deadline first; an officer sees those of their own community."""
    states = tuple(state for state in asked["state"].split(",") if state)
    allow(_states_known(states))
    actor = _actor()
    community = asked["community"] or actor.community
    if community is not None:
        allow(rules.own_community(actor, community), as_=Forbidden)
    wanted = Filter(states, community, asked["owner"], asked["q"])
    with _runtime().database.read() as connection:
        page = queries.list_cases(connection, wanted, asked["page"], asked["page_size"])
    return flask.jsonify(
        items=[views.row_json(case) for case in page.items],
        page=page.page,
        page_size=page.page_size,
        total=page.total,
    )


@api.route("/cases/<number>")
@requires("case.read")
@api.response(200, schemas.CaseOut)
def show(number: str) -> flask.Response:
    """One case with its timeline; who brought it is masked."""
    case, told = _with_timeline(number)
    shown = masked_entries(case, told)
    return _answer(case, 200, timeline=[views.entry_json(entry) for entry in shown])


@api.route("/cases/<number>/reveal", methods=["POST"])
@requires("person.reveal")
@api.arguments(reveal.RevealIn())
@api.response(200, schemas.CaseOut)
def reveal_case(given: Mapping[str, str], number: str) -> flask.Response:
    """One case unmasked, with its timeline; who saw it and why is kept in the audit."""
    case, told = _with_timeline(number)
    permit("person.reveal", Place(community=case.community))
    reveal.record(_runtime().database, case.number, given["reason"])
    shown = [views.entry_json(entry) for entry in told]
    return _answer(case, 200, whole=True, timeline=shown, track_url=_link(case))


def _with_timeline(number: str) -> tuple[Case, list[Entry]]:
    with _runtime().database.read() as connection:
        case = queries.get_case(connection, number)
        allow(rules.own_community(_actor(), case.community), as_=Forbidden)
        return case, queries.timeline(connection, case.number)


def _serve(name: str, schema: type[Any], run: Callable[..., Case]) -> None:
    """Serve POST /cases/<number>/<name>: the body's fields are the handler's arguments."""

    def act(given: Mapping[str, Any], number: str) -> flask.Response:
        known, actor = queries.read_number(number), _actor()

        def work(tx: Transaction) -> Case:
            return run(tx, known, actor, **given)

        return _answer(_runtime().database.run(work, row=(cases, known)), 200)

    act.__name__ = name.replace("-", "_")
    act.__doc__ = (run.__doc__ or "").split("\n\n")[0]
    view: Any = api.response(200, schemas.CaseOut)(act)
    for status, why in _REFUSED.items():
        view = api.alt_response(status, schema=ProblemSchema, description=why)(view)
    view = requires(PERMISSIONS.get(name, f"case.{name}"))(api.arguments(schema())(view))
    api.route(f"/cases/<number>/{name}", methods=["POST"])(view)


PERMISSIONS = {"objection": "case.publish"}
"""What is asked of who does it, where that is no action of its own name."""
_REFUSED = {404: "No such case", 409: "Its state, or a rule such as A36, does not allow it"}
ACTIONS: dict[str, tuple[type[Any], Callable[..., Case]]] = {
    "notice": (schemas.NoticeIn, handlers.give_notice),
    "materials": (schemas.MaterialsIn, handlers.take_materials),
    "back-office": (schemas.NoteIn, handlers.move_to_back_office),
    "transfer": (schemas.TransferIn, handlers.transfer_case),
    "resolve": (schemas.ResultIn, handlers.resolve_case),
    "rate": (schemas.RateIn, handlers.rate_case),
    "reopen": (schemas.ReasonIn, handlers.reopen_case),
    "close": (schemas.NoteIn, handlers.close_case),
    "withdraw": (schemas.ReasonIn, handlers.withdraw_case),
    "need": (schemas.NeedIn, handlers.raise_need),
    "way": (ways_schemas.WayIn, ways_handlers.set_way),
    "promise": (ways_schemas.PromiseIn, ways_handlers.give_promise),
    "refuse": (ways_schemas.CaseRefuseIn, ways_handlers.refuse_case),
    "publish": (ways_schemas.PublishIn, ways_handlers.publish_case),
    "objection": (ways_schemas.ObjectionIn, ways_handlers.record_objection),
    "hand-over": (ways_schemas.HandOverIn, ways_handlers.hand_over_case),
}
for _name, (_schema, _handler) in ACTIONS.items():
    _serve(_name, _schema, _handler)


def actor_of(user: User) -> Actor:
    """A signed-in person as the one who gives a command; supervisors are bound to no community."""
    whole_district = scope_of(user, "case.read") is Scope.DISTRICT
    community = None if whole_district else user.community or ""
    return Actor(user.username, user.name, user.role, community)


def _actor() -> Actor:
    return actor_of(signed_in())


def _runtime() -> Runtime:
    return cast("Runtime", web_of().service_context)


def _answer(case: Case, status: int, *, whole: bool = False, **more: Any) -> flask.Response:
    response = flask.jsonify(views.case_json(case, whole=whole) | more)
    response.status_code = status
    return response


def _link(case: Case) -> str:
    """The resident's own page: for their receipt, and for who said why they see the whole."""
    settings = _runtime().settings
    return track_url(settings.public_address, case.number, settings.secret_key)


def _acceptance(given: Mapping[str, Any]) -> Acceptance:
    applicant = given["applicant"]
    apart = ("applicant", "materials", "groups")
    plain = {name: value for name, value in given.items() if name not in apart}
    return Acceptance(
        actor=_actor(),
        applicant_name=applicant["name"],
        phone=applicant["phone"],
        id_no=applicant["id_no"],
        materials=dict(given["materials"]),
        groups=tuple(given["groups"]),
        key=_idempotency_key(),
        **plain,
    )


def _idempotency_key() -> str:
    key = flask.request.headers.get("Idempotency-Key", "").strip()
    if not storable(key):
        text, remedy = msgid("含有不能保存的字符"), msgid("请去掉看不见的字符，重新输入")
        raise Invalid(Reason("Idempotency-Key", text, remedy))
    if len(key) > LONGEST_KEY:
        values = {"max": LONGEST_KEY}
        text, remedy = msgid("太长，最多 %(max)s 个字"), msgid("请缩短")
        raise Invalid(Reason("Idempotency-Key", text, remedy, values))
    return key


def _states_known(states: tuple[str, ...]) -> Reason | None:
    if set(states) <= set(STATES):
        return None
    names = ", ".join(STATES)
    text, remedy = msgid("没有这种状态"), msgid("请从这些里选：%(choices)s")
    return Reason("state", text, remedy, {"choices": names})
