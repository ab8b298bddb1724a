"""Accounts: the administrator's pages, one's own, and what may be a password."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.intake import handlers, models, store
from services.intake.case import Actor
from services.intake.staff import accounts
from services.intake.staff import passwords as kept_as
from services.intake.staff.passwords import ONE_TIME_FOR, common, one_time_password
from services.intake.ways import handlers as ways_handlers
from shared import clock
from shared.permissions import ADMIN, PERMISSIONS, ROLE_NAMES
from shared.web.auth import COOKIE
from tests.unit.intake.ground import COMMUNITY, DESK, ELSEWHERE, accepted, do
from tests.unit.intake_pages.browser import Browser, told

ONE_TIME = re.compile(r"<dd>((?:[a-z2-9]{4}-){3}[a-z2-9]{4})</dd>")
NEW = {"username": "wang", "name": "王芳", "role": "desk", "community": COMMUNITY}
CHOSEN = "正确 马 电池 订书钉 一二"
pytestmark = pytest.mark.usefixtures("accounts")


@pytest.fixture
def admin(app, runtime):
    return Browser(app, runtime, "admin")


def added(admin, **fields: str):
    """Add an account; gives its one-time password."""
    answer = admin.send("/accounts/new", **(NEW | fields))
    assert answer.status_code == 200, told(answer)
    found = ONE_TIME.search(answer.text)
    assert found, answer.text
    return found[1]


def known(runtime, username):
    return accounts.find(runtime.database, username)


def audited(runtime):
    with runtime.database.read() as connection:
        rows = connection.execute(sa.select(models.audit.entries).order_by("seq")).all()
    return [(row.username, row.action, row.subject) for row in rows]


def signed_in(person):
    return person.client.get_cookie(COOKIE) is not None


def is_out(person, path="/desk"):
    answer = person.page(path)
    return answer.status_code == 303 and answer.location.startswith("/sign-in")


# ---- The list ----


def test_the_list_is_searched_and_filtered(admin, runtime):
    page = admin.page("/accounts").text
    assert all(f"/accounts/of/{name}" in page for name in ("desk", "dept-ga", "admin"))
    for query, there, away in (
        ("q=dept-g", "dept-ga", "admin"),
        ("q=周敏", "desk", "admin"),
        ("role=supervisor", "supervisor", "desk"),
        (f"community={COMMUNITY}", "desk", "desk-guiyuan"),
        ("department=cg", "dept-cg", "dept-ga"),
        ("q=%25", "没有符合条件的账号", "/accounts/of/desk"),
        ("state=disabled", "没有符合条件的账号", "/accounts/of/desk"),
    ):
        page = admin.page(f"/accounts?{query}").text
        assert f"{there}" in page, query
        assert f"/accounts/of/{away}<" not in page.replace('"', "<"), query


def test_only_an_administrator_manages_accounts(app, runtime):
    assert set(PERMISSIONS["account.manage"]) == {ADMIN}
    for username in ("desk", "supervisor", "dept-ga", "partner"):
        person = Browser(app, runtime, username)
        for path in ("/accounts", "/accounts/new", "/accounts/of/desk"):
            assert person.page(path).status_code == 403, (username, path)
        answer = person.send("/account", to="/accounts/of/grid/disable")
        assert answer.status_code == 403
    assert known(runtime, "grid").active


def test_everybody_has_their_own_page_and_an_administrator_no_audit():
    assert set(PERMISSIONS["account.own"]) == set(ROLE_NAMES)
    assert ADMIN not in PERMISSIONS["audit.read"]


# ---- Adding ----


def test_a_new_account_begins_with_a_password_that_has_to_be_changed(admin, anyone, runtime):
    password = added(admin)
    asked = anyone.send("/sign-in", username="wang", password=password)
    assert asked.location == "/account/new-password"
    assert not signed_in(anyone)
    assert is_out(anyone)
    page = anyone.send("/account/new-password", password=CHOSEN, again=CHOSEN)
    assert (page.status_code, page.location) == (303, "/desk")
    assert "王芳" in anyone.page("/desk").text
    again = Browser(anyone.client.application, runtime)
    assert again.send("/sign-in", username="wang", password=password).status_code == 422
    assert again.send("/sign-in", username="wang", password=CHOSEN).location == "/desk"


def test_what_was_asked_for_before_the_change_is_where_it_leads(admin, anyone):
    password = added(admin)
    anyone.send("/sign-in?next=/my", username="wang", password=password, next="/my")
    page = anyone.send("/account/new-password", password=CHOSEN, again=CHOSEN)
    assert page.location == "/my"


def test_choosing_the_first_password_is_for_who_has_shown_the_one_time_one(admin, anyone, runtime):
    assert anyone.page("/account/new-password").location == "/sign-in"
    password = added(admin)
    anyone.send("/sign-in", username="wang", password=password)
    hidden = anyone.page("/account/new-password")
    assert hidden.status_code == 200
    admin.send("/accounts/of/wang", to="/accounts/of/wang/password")  # given anew in the meantime
    assert anyone.page("/account/new-password").location == "/sign-in"


def test_a_one_time_password_opens_nothing_for_programs(admin, anyone):
    given = {"username": "wang", "password": added(admin)}
    answer = anyone.client.post("/api/intake/session", json=given)
    assert answer.status_code == 403
    assert answer.json["type"].endswith("password-must-change")


def test_a_one_time_password_runs_out(admin, anyone, runtime):
    password = added(admin)
    old = known(runtime, "wang").password_at - ONE_TIME_FOR - timedelta(seconds=1)
    late = models.accounts.update().where(models.accounts.c.username == "wang")
    runtime.database.run(lambda tx: tx.update(late.values(password_at=old)))
    answer = anyone.send("/sign-in", username="wang", password=password)
    assert answer.status_code == 403
    assert "已经过期" in told(answer)
    assert "一次性密码已过期" in admin.page("/accounts?q=wang").text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"username": "desk"}, "username"),
        ({"username": "Wang Fang"}, "username"),
        ({"username": "../x"}, "username"),
        ({"name": ""}, "name"),
        ({"role": "king"}, "role"),
        ({"community": ""}, "community"),
        ({"community": "340603999999"}, "community"),
        ({"role": "department"}, "department"),
        ({"role": "department", "department": "xx"}, "department"),
        ({"role": "partner"}, "partner"),
        ({"role": "grid", "grids": "340603009001001"}, "grids"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(admin, runtime, fields, field):
    before = len(accounts.every(runtime.database))
    answer = admin.send("/accounts/new", **(NEW | fields))
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert len(accounts.every(runtime.database)) == before


def test_a_scope_that_is_not_the_roles_is_left_out(admin, runtime):
    added(admin, role="department", department="ga", grids="340603002001001")
    user = known(runtime, "wang").user
    assert (user.community, user.department, user.grids) == (None, "ga", ())


def test_an_identity_belongs_to_one_account(admin, runtime):
    added(admin, identity="person-1")
    answer = admin.send("/accounts/new", **(NEW | {"username": "li", "identity": "person-1"}))
    assert answer.status_code == 422
    assert "已经连着 wang" in told(answer)


# ---- Changing ----


def test_another_role_and_scope_is_good_at_the_next_signing_in(admin, app, runtime):
    officer = Browser(app, runtime, "desk")
    assert officer.page("/desk").status_code == 200
    fields = {"name": "周敏", "role": "grid", "community": COMMUNITY, "grids": f"{COMMUNITY}001"}
    assert admin.send("/accounts/of/desk", **fields).status_code == 303
    assert known(runtime, "desk").user.grids == (f"{COMMUNITY}001",)
    assert is_out(officer)


def test_saving_what_it_was_signs_nobody_out(admin, app, runtime):
    officer = Browser(app, runtime, "desk")
    user = known(runtime, "desk").user
    fields = {"name": user.name, "role": user.role, "community": user.community}
    assert admin.send("/accounts/of/desk", **fields).status_code == 303
    assert not is_out(officer)


def test_a_disabled_account_is_signed_out_at_once_and_can_come_back(admin, app, runtime, anyone):
    officer = Browser(app, runtime, "desk")
    assert admin.send("/accounts/of/desk", to="/accounts/of/desk/disable").status_code == 303
    assert is_out(officer)
    assert anyone.send("/sign-in", username="desk", password="baitong").status_code == 422
    assert "已停用" in admin.page("/accounts/of/desk").text
    admin.send("/accounts/of/desk", to="/accounts/of/desk/enable")
    assert anyone.send("/sign-in", username="desk", password="baitong").status_code == 303


def test_the_page_says_what_the_officer_still_answers_for(admin, runtime):
    """N, B14."""
    warning = "还有 1 件没有办结"
    assert warning not in admin.page("/accounts/of/desk").text
    case = accepted(runtime)
    assert warning in admin.page("/accounts/of/desk").text
    do(runtime, handlers.withdraw_case, case.number, DESK, "不办了")
    assert warning not in admin.page("/accounts/of/desk").text


MANAGER = Actor("manager", "刘书记", "manager", COMMUNITY)


def test_b14_who_still_answers_for_a_matter_is_not_disabled(admin, app, runtime):
    """N, B14: handed over first, all of it; then the account closes."""
    officer = Browser(app, runtime, "desk")
    one, other = accepted(runtime), accepted(runtime)
    refused = admin.send("/accounts/of/desk", to="/accounts/of/desk/disable")
    assert refused.status_code == 409
    assert "2 件没有办结的办件的首问责任人" in told(refused)
    assert "请社区负责人先在“我负责的”里选这位同志" in told(refused)
    assert known(runtime, "desk").active
    assert not is_out(officer)
    do(runtime, ways_handlers.hand_over_case, one.number, MANAGER, "backoffice", "调走")
    with pytest.raises(accounts.Conflict, match="1 件没有办结"):
        do(runtime, accounts.disable, "desk")  # nor by the operator's command
    do(runtime, ways_handlers.hand_over_case, other.number, MANAGER, "backoffice", "调走")
    assert admin.send("/accounts/of/desk", to="/accounts/of/desk/disable").status_code == 303
    assert is_out(officer)


def test_the_operator_locks_it_at_once_and_its_matters_change_hands_afterwards(app, runtime):
    officer = Browser(app, runtime, "desk")
    case = accepted(runtime)
    do(runtime, accounts.disable, "desk", at_once=True)
    assert is_out(officer)
    do(runtime, ways_handlers.hand_over_case, case.number, MANAGER, "backoffice", "账号被盗用")
    assert do(runtime, store.load, case.number).owner.username == "backoffice"


def test_b14_nor_moved_to_where_the_matter_is_not(admin, runtime):
    """N, B14: from another community, or as another role, nobody could see it through."""
    case = accepted(runtime)
    fields = {"name": "周敏", "role": "desk", "community": ELSEWHERE}
    refused = admin.send("/accounts/of/desk", **fields)
    assert refused.status_code == 422
    assert "1 件没有办结" in told(refused)
    assert admin.send("/accounts/of/desk", name="周敏", role="supervisor").status_code == 422
    within = {"name": "周敏", "role": "back_office", "community": COMMUNITY}
    assert admin.send("/accounts/of/desk", **within).status_code == 303
    do(runtime, handlers.withdraw_case, case.number, DESK, "不办了")
    assert admin.send("/accounts/of/desk", **fields).status_code == 303


def test_a_new_one_time_password_ends_the_old_one_and_its_sessions(admin, app, runtime, anyone):
    officer = Browser(app, runtime, "desk")
    answer = admin.send("/accounts/of/desk", to="/accounts/of/desk/password")
    password = ONE_TIME.search(answer.text)[1]
    assert is_out(officer)
    assert anyone.send("/sign-in", username="desk", password="baitong").status_code == 422
    asked = anyone.send("/sign-in", username="desk", password=password)
    assert asked.location == "/account/new-password"


def test_sessions_end_and_the_password_stays(admin, app, runtime, anyone):
    officer = Browser(app, runtime, "desk")
    admin.send("/accounts/of/desk", to="/accounts/of/desk/end-sessions")
    assert is_out(officer)
    assert anyone.send("/sign-in", username="desk", password="baitong").status_code == 303


def test_nobody_disables_or_demotes_themselves(admin, runtime):
    do(runtime, accounts.add, replace(known(runtime, "admin").user, username="boss"), "hash")
    page = admin.page("/accounts/of/admin").text
    assert "/accounts/of/admin/disable" not in page
    answer = admin.send("/accounts/of/admin", to="/accounts/of/admin/disable")
    assert answer.status_code == 409
    assert "不能停用自己的账号" in told(answer)
    demoted = admin.send("/accounts/of/admin", name="管", role="supervisor")
    assert demoted.status_code == 422
    assert "不能停用自己的账号" in told(demoted)
    assert known(runtime, "admin").active
    assert known(runtime, "admin").user.role == ADMIN


def test_the_last_administrator_stays(admin, app, runtime):
    do(runtime, accounts.add, replace(known(runtime, "admin").user, username="boss"), "hash")
    assert admin.send("/accounts/of/boss", name="另", role="supervisor").status_code == 303
    with pytest.raises(accounts.Forbidden, match="最后一位"):
        do(runtime, accounts.disable, "admin")
    with pytest.raises(accounts.Forbidden, match="最后一位"):
        do(runtime, accounts.change, replace(known(runtime, "admin").user, role="auditor"))
    assert known(runtime, "admin").active


def test_two_administrators_do_not_take_leave_of_each_other(runtime):
    do(runtime, accounts.add, replace(known(runtime, "admin").user, username="boss"), "hash")
    do(runtime, accounts.disable, "boss", by="admin")
    with pytest.raises(accounts.Forbidden):
        do(runtime, accounts.disable, "admin", by="boss")


def test_what_nobody_has_is_not_found(admin):
    assert admin.page("/accounts/of/nobody").status_code == 404
    assert admin.send("/accounts", to="/accounts/of/nobody/disable").status_code == 404


# ---- One's own ----


def test_ones_own_password_asks_for_the_old_one_and_ends_other_sessions(app, runtime, anyone):
    elsewhere = Browser(app, runtime, "desk")
    anyone.send("/sign-in", username="desk", password="baitong")
    wrong = anyone.send("/account", old="wrong", password=CHOSEN, again=CHOSEN)
    assert wrong.status_code == 422
    assert "现在的密码不对" in told(wrong)
    assert not is_out(elsewhere)
    done = anyone.send("/account", old="baitong", password=CHOSEN, again=CHOSEN)
    assert done.status_code == 303
    assert not is_out(anyone)
    assert is_out(elsewhere)
    someone = Browser(app, runtime)
    assert someone.send("/sign-in", username="desk", password="baitong").status_code == 422
    assert someone.send("/sign-in", username="desk", password=CHOSEN).status_code == 303


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "至少 10 个字符"),
        ("x" * 201, "#f-password"),
        ("aaaaaaaaaaaaaa", "太常见"),
        ("1q2w3e4r5t", "太常见"),
        ("Administrator", "太常见"),
        ("DESK-GUIYUAN", "不能就是用户名"),
        ("nauyiug-ksed", "不能就是用户名"),
        ("desk-guiyuan2026!", "不能就是用户名"),
    ],
)
def test_what_may_not_be_a_password(app, runtime, password, why):
    person = Browser(app, runtime, "desk-guiyuan")
    answer = person.send("/account", old="baitong", password=password, again=password)
    assert answer.status_code == 422
    assert why in answer.text


def test_it_is_written_twice_alike(app, runtime):
    person = Browser(app, runtime, "desk")
    answer = person.send("/account", old="baitong", password=CHOSEN, again=f"{CHOSEN}!")
    assert "两次写的密码不一样" in told(answer)


def test_the_list_of_common_ones_is_read():
    assert {"1234567890", "qwertyuiop", "administrator", "changeme123"} <= common()
    assert all(len(one) >= kept_as.SHORTEST_PASSWORD for one in common())


def test_one_time_passwords_may_be_passwords_and_never_come_twice():
    made = {one_time_password() for _ in range(200)}
    assert len(made) == 200
    assert all(kept_as.not_to_choose(one, "desk") is None for one in made)


def test_a_hash_by_older_parameters_is_made_anew_at_signing_in(runtime, anyone):
    weak = kept_as.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("baitong")
    row = models.accounts.c.username == "desk"
    runtime.database.run(
        lambda tx: tx.update(models.accounts.update().where(row).values(password_hash=weak))
    )
    assert anyone.send("/sign-in", username="desk", password="baitong").status_code == 303
    with runtime.database.read() as connection:
        kept = connection.execute(sa.select(models.accounts.c.password_hash).where(row)).scalar()
    assert "m=19456" in kept
    assert kept_as.is_right("baitong", kept)


# ---- The audit ----


def test_everything_is_in_the_audit_and_no_password(admin, anyone, runtime):
    password = added(admin)
    anyone.send("/sign-in", username="wang", password="not this one")
    anyone.send("/sign-in", username="a password typed in the wrong field", password="x")
    anyone.send("/sign-in", username="wang", password=password)
    anyone.send("/account/new-password", password=CHOSEN, again=CHOSEN)
    for action in ("end-sessions", "disable", "enable", "password"):
        admin.send("/accounts/of/wang", to=f"/accounts/of/wang/{action}")
    admin.send("/accounts/of/wang", name="王芳", role="supervisor")
    found = [(who, what) for who, what, about in audited(runtime) if about == "wang"]
    assert found == [
        ("admin", "account.added"),
        ("", "session.refused"),
        ("", "account.password_chosen"),
        ("", "session.began"),
        ("admin", "account.sessions_ended"),
        ("admin", "account.disabled"),
        ("admin", "account.enabled"),
        ("admin", "account.password_given"),
        ("admin", "account.changed"),
    ]
    with runtime.database.read() as connection:
        everything = repr(connection.execute(sa.select(models.audit.entries)).all())
    for secret in (password, CHOSEN, "not this one", "wrong field", "argon2"):
        assert secret not in everything


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", ["/accounts", "/accounts/new", "/accounts/of/grid", "/account"])
def test_every_page_answers_in_both_languages(admin, path, lang):
    assert admin.page(path, lang).status_code == 200


# ---- Changed while somebody signs in ----

OTHER = kept_as.hash_password(CHOSEN, "desk")
CHANGES = {
    "disabled": accounts.disable,
    "password": lambda tx, name: accounts.give_password(tx, name, OTHER, one_time=False),
    "role": lambda tx, name: accounts.change(
        tx, replace(accounts._known(tx, name).user, role="back_office")
    ),
}


@pytest.fixture
def meanwhile(runtime, monkeypatch):
    """Has something happen to the account while its password is being checked."""
    right = kept_as.is_right

    def arrange(change):
        def checked(password, kept):
            found = right(password, kept)
            monkeypatch.setattr(kept_as, "is_right", right)
            do(runtime, change, "desk")
            return found

        monkeypatch.setattr(kept_as, "is_right", checked)

    return arrange


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_who_is_changed_while_signing_in_is_not_in(meanwhile, anyone, runtime, change):
    meanwhile(change)
    answer = anyone.send("/sign-in", username="desk", password="baitong")
    assert answer.status_code == 422
    assert "刚刚被改动过" in told(answer)
    assert not signed_in(anyone)
    assert ("desk", "session.refused") in {(subject, act) for _, act, subject in audited(runtime)}
    assert "session.began" not in {act for _, act, _ in audited(runtime)}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nor_does_a_program_get_a_token(meanwhile, app, change):
    meanwhile(change)
    said = {"username": "desk", "password": "baitong"}
    answer = app.test_client().post("/api/intake/session", json=said)
    assert answer.status_code == 403
    assert "token" not in answer.json


def test_a_session_begins_before_the_password_is_checked(meanwhile, app, anyone):
    """What ends all sessions of somebody ends also the one they are about to get."""
    meanwhile(accounts.end_sessions)
    assert anyone.send("/sign-in", username="desk", password="baitong").status_code == 303
    assert is_out(anyone)
    meanwhile(accounts.end_sessions)
    said = {"username": "desk", "password": "baitong"}
    client = app.test_client()
    token = client.post("/api/intake/session", json=said).json["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/intake/me", headers=headers).status_code == 401


def test_a_first_password_and_a_change_at_once(admin, anyone, runtime, monkeypatch):
    password = added(admin)
    anyone.send("/sign-in", username="wang", password=password)
    chosen = accounts.choose_password

    def and_then(tx, before, kept):
        done = chosen(tx, before, kept)
        accounts._update(tx, done, active=False)
        return done

    monkeypatch.setattr(accounts, "choose_password", and_then)
    answer = anyone.send("/account/new-password", password=CHOSEN, again=CHOSEN)
    assert answer.status_code == 422
    assert not signed_in(anyone)


def test_who_chooses_a_password_goes_on_at_the_same_moment(anyone):
    anyone.send("/sign-in", username="desk", password="baitong")
    with clock.set_for_tests(clock.now()):
        answer = anyone.send("/account", old="baitong", password=CHOSEN, again=CHOSEN)
        assert answer.status_code == 303
        assert not is_out(anyone)
