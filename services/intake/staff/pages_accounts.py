"""Accounts of staff, for the administrator: who may sign in, as what, and for where."""

from collections.abc import Callable
from typing import Any

import flask
import marshmallow as ma
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.intake import queries
from services.intake.pages_common import named, refuse, runtime
from services.intake.reason import Rejected
from services.intake.staff import accounts, rules
from services.intake.staff.accounts import Account, Wanted
from services.intake.staff.actions import LONGEST_USERNAME
from services.intake.staff.pages_account import go
from services.intake.staff.passwords import ONE_TIME_FOR, hash_password, one_time_password
from shared.db import Transaction
from shared.district import District, once_a_district, read_part
from shared.permissions import ROLE_NAMES, User
from shared.web.auth import requires, role_label, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext

blueprint = flask.Blueprint("accounts", __name__)

PAGE_SIZE = 50
LONGEST_CODE = 40
LABELS = ("username", "name", "role", "community", "grids", "department", "partner", "identity")


class _Loose(ma.Schema):
    class Meta:
        """A form carries its token too."""

        unknown = ma.EXCLUDE


class AccountForm(_Loose):
    """A person's name, role and what they answer for."""

    name = fields.String(required=True, validate=validate.Length(max=rules.LONGEST_NAME))
    role = fields.String(required=True, validate=validate.OneOf(ROLE_NAMES))
    community = fields.String(load_default=None, validate=validate.Length(max=LONGEST_CODE))
    grids = fields.String(load_default="", validate=validate.Length(max=2000))
    department = fields.String(load_default=None, validate=validate.Length(max=LONGEST_CODE))
    partner = fields.String(load_default=None, validate=validate.Length(max=LONGEST_CODE))
    identity = fields.String(load_default="", validate=validate.Length(max=rules.LONGEST_IDENTITY))


class NewAccountForm(AccountForm):
    """And the name they sign in with, which stays."""

    username = fields.String(required=True, validate=validate.Length(max=LONGEST_USERNAME))


class ListQuery(_Loose):
    """Which accounts to show; what is not understood is left out."""

    q = fields.String(load_default="", validate=validate.Length(max=60))
    role = fields.String(load_default="", validate=validate.Length(max=LONGEST_CODE))
    community = fields.String(load_default="", validate=validate.Length(max=LONGEST_CODE))
    department = fields.String(load_default="", validate=validate.Length(max=LONGEST_CODE))
    state = fields.String(load_default="", validate=validate.OneOf(["", "active", "disabled"]))
    page = fields.Integer(load_default=1, validate=validate.Range(1, 10_000))


class _Partner(_Loose):
    code = fields.String(required=True)
    name = fields.String(required=True)


class _Partners(_Loose):
    partners = fields.List(fields.Nested(_Partner), required=True)


@blueprint.get("/accounts")
@requires("account.manage")
def listed() -> str:
    """Every account, by username."""
    try:
        asked: dict[str, Any] = ListQuery().load(flask.request.args)
    except ma.ValidationError:
        asked = ListQuery().load({})
    wanted = Wanted(
        asked["q"].strip(),
        asked["role"],
        asked["community"],
        asked["department"],
        {"active": True, "disabled": False}.get(asked["state"]),
    )
    found = accounts.search(runtime().database, wanted, asked["page"], PAGE_SIZE)
    return flask.render_template(
        "intake/accounts.html",
        found=found,
        filters=Form(asked),
        filtered=wanted != Wanted(),
        page=asked["page"],
        pages=-(-found.total // PAGE_SIZE),
        place_of=place_of,
        **_choices(),
    )


@blueprint.route("/accounts/new", methods=["GET", "POST"])
@requires("account.manage")
def new() -> ResponseReturnValue:
    """Another account. Its one-time password is shown once, on the page that follows."""
    form = Form()
    if flask.request.method == "POST":
        form = read_form(NewAccountForm())
        if form.ok:
            user, password = _user(form.data["username"], form.data), one_time_password()
            kept, identity = hash_password(password, user.username), form.data["identity"]
            add = _command(accounts.add, user, kept, identity=identity, one_time=True)
            if _done(form, add):
                return _told_once(accounts.find(runtime().database, user.username), password)
    page = flask.render_template("intake/account_new.html", form=form, **_choices())
    return page, 200 if form.ok else 422


@blueprint.route("/accounts/of/<username>", methods=["GET", "POST"])
@requires("account.manage")
def show(username: str) -> ResponseReturnValue:
    """One account: its name, role and scope, and what else can be done with it."""
    account = accounts.find(runtime().database, username)
    form = Form(_written(account))
    if flask.request.method == "POST":
        form = read_form(AccountForm())
        if form.ok:
            user, by = _user(username, form.data), signed_in().username
            if _done(form, _command(accounts.change, user, identity=form.data["identity"], by=by)):
                flask.flash(gettext("已保存；角色或范围有变的，要重新登录才生效"))
                return go(f"/accounts/of/{username}")
    page = flask.render_template(
        "intake/account_one.html",
        form=form,
        account=account,
        own=username == signed_in().username,
        answers_for=_answers_for(username),
        **_choices(),
    )
    return page, 200 if form.ok else 422


@blueprint.post("/accounts/of/<username>/disable")
@requires("account.manage")
def disable(username: str) -> ResponseReturnValue:
    """Nobody signs in with it any more."""
    by = signed_in().username
    return _act(username, _command(accounts.disable, username, by=by), gettext("账号已停用"))


@blueprint.post("/accounts/of/<username>/enable")
@requires("account.manage")
def enable(username: str) -> ResponseReturnValue:
    """It can be signed in with again."""
    return _act(username, _command(accounts.enable, username), gettext("账号已启用"))


@blueprint.post("/accounts/of/<username>/end-sessions")
@requires("account.manage")
def end_sessions(username: str) -> ResponseReturnValue:
    """Its holder is signed out everywhere."""
    told = gettext("已让这个账号在所有地方退出登录")
    return _act(username, _command(accounts.end_sessions, username), told)


@blueprint.post("/accounts/of/<username>/password")
@requires("account.manage")
def give_password(username: str) -> ResponseReturnValue:
    """A new one-time password, shown once."""
    password = one_time_password()
    kept = hash_password(password, username)
    form = Form()
    if not _done(form, _command(accounts.give_password, username, kept)):
        return _back_with(form, username)
    return _told_once(accounts.find(runtime().database, username), password)


def place_of(user: User) -> str:
    """Say in the reader's language what a person answers for."""
    district = runtime().district
    if user.community:
        community = district.communities.get(user.community)
        return community.name if community else user.community
    if user.department:
        department = district.departments.get(user.department)
        return named(department) if department else user.department
    return partner_names(district).get(user.partner, user.partner) if user.partner else ""


@once_a_district
def partner_names(district: District) -> dict[str, str]:
    """The partners that the pack names, by code.

    Raises:
        PackError: the pack's partners.yml is not as it must be.
    """
    read = read_part(district.path, "partners.yml", _Partners)
    return {one["code"]: one["name"] for one in read["partners"]}


def _choices() -> dict[str, Any]:
    district, provider = runtime().district, runtime().settings.identity_provider
    return {
        "roles": [(role, role_label(role)) for role in ROLE_NAMES],
        "communities": [(c.code, f"{c.street} · {c.name}") for c in district.communities.values()],
        "grid": f"{next(iter(district.communities))}001",
        "departments": [(one.code, named(one)) for one in district.departments.values()],
        "partners": list(partner_names(district).items()),
        "provider": provider.name if provider else "",
    }


def _user(username: str, given: dict[str, Any]) -> User:
    return User(
        username,
        given["name"],
        given["role"],
        community=given["community"],
        department=given["department"],
        partner=given["partner"],
        grids=tuple(dict.fromkeys(given["grids"].replace(",", " ").replace("，", " ").split())),
    )


def _written(account: Account) -> dict[str, Any]:
    user = account.user
    return {
        "name": user.name,
        "role": user.role,
        "community": user.community,
        "grids": " ".join(user.grids),
        "department": user.department,
        "partner": user.partner,
        "identity": account.identity,
    }


def _command(run: Callable[..., None], *args: Any, **kwargs: Any) -> Callable[[Transaction], None]:
    return lambda tx: run(tx, *args, **kwargs)


def _done(form: Form, command: Callable[[Transaction], None]) -> bool:
    """Whether it was done; a refusal stands in the form."""
    try:
        runtime().database.run(command)
    except Rejected as refused:
        refuse(form, refused, dict.fromkeys(LABELS, ""))
    return form.ok


def _act(username: str, command: Callable[[Transaction], None], told: str) -> ResponseReturnValue:
    form = Form()
    if not _done(form, command):
        return _back_with(form, username)
    flask.flash(told)
    return go(f"/accounts/of/{username}")


def _back_with(form: Form, username: str) -> ResponseReturnValue:
    """The account again, with what was refused on top."""
    account = accounts.find(runtime().database, username)
    form.values = _written(account)
    own = username == signed_in().username
    page = flask.render_template(
        "intake/account_one.html",
        form=form,
        account=account,
        own=own,
        answers_for=_answers_for(username),
        **_choices(),
    )
    return page, 409


def _answers_for(username: str) -> int:
    with runtime().database.read() as connection:
        return queries.still_answers_for(connection, username)


def _told_once(account: Account, password: str) -> str:
    """The one-time password; it is kept nowhere, so this page is the only time it is seen."""
    return flask.render_template(
        "intake/account_password.html",
        account=account,
        password=password,
        days=ONE_TIME_FOR.days,
    )
