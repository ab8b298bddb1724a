"""Every address names its action, every action is asked for, and only one table compares roles."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import SERVICES
from shared.permissions import PERMISSIONS, PUBLIC, ROLE_NAMES
from tests.support.permission_matrix import COLUMNS, WRITTEN

ROOT = Path(__file__).parent.parent.parent
UNMARKED = {
    "static",
    "api-docs.openapi_json",
    "pages.static",
    "partners.static",
    "rosters_pages.static",
}
"""Styles and scripts, and the API's description: the same for everybody, and nobody's data."""
ASKING = {"requires", "public", "admit", "permit", "may", "scope_of", "theirs"}
AWAITED = {"clock.set"}
"""Actions whose addresses are not built yet. Take one off when its address is there."""
WITHOUT_DECIDING = {
    ("services/intake/staff/rules.py", "leaves_admin"): "a rule about the account looked at",
    ("services/intake/staff/rules.py", "_acts_for_someone"): "a rule about the account looked at",
    ("services/intake/staff/accounts.py", "change"): "whether the role of an account changes",
    (
        "services/intake/staff/leaving_handlers.py",
        "keep_an_admin",
    ): "finds the other administrators",
    (
        "services/intake/grids/care_store.py",
        "_works_in",
    ): "finds the grid workers",
    ("services/intake/desk/pages.py", "_usual_state"): "what one sees first",
    ("services/intake/rosters/people.py", "_member"): "who takes turns, by the pack",
}
"""Comparisons of roles outside shared/permissions.py, and why they let nobody in."""


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Any]:
    """All views of all services by service and endpoint."""
    from tests.support.permission_world import World  # noqa: PLC0415 - slow, and for two tests

    services = World.services(tmp_path_factory.mktemp("views"))
    return {
        (service, endpoint): view
        for service, (app, _runtime) in services.items()
        for endpoint, view in app.view_functions.items()
        if endpoint not in UNMARKED
    }


def test_every_address_names_its_action_or_is_open_to_everybody(views: Any) -> None:
    neither = [
        key
        for key, view in views.items()
        if getattr(view, "baitong_action", None) not in PERMISSIONS
        and getattr(view, "baitong_public", None) not in PUBLIC
    ]
    assert not neither, f"give each @requires or @public: {neither}"


def test_what_is_open_to_everybody_is_asked_for(views: Any) -> None:
    open_to_all = {getattr(view, "baitong_public", None) for view in views.values()}
    assert set(PUBLIC) - open_to_all <= {"file.open"}


def test_every_action_is_asked_for_somewhere(views: Any) -> None:
    asked = {getattr(view, "baitong_action", None) for view in views.values()}
    asked |= {word for path in _sources() for word in _actions_named(path)}
    assert set(PERMISSIONS) - asked <= AWAITED


def _sources() -> Iterator[Path]:
    for folder in (*(ROOT / "services" / name for name in SERVICES), ROOT / "shared" / "web"):
        yield from (p for p in sorted(folder.rglob("*.py")) if "migrations" not in p.parts)


def _actions_named(path: Path) -> Iterator[str]:
    """The words by which a module asks for permission."""
    tree = ast.parse(path.read_text("utf-8"))
    constants = {
        _name(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in ASKING:
            for said in node.args:
                word = constants.get(_name(said), said)
                if isinstance(word, ast.Constant) and isinstance(word.value, str):
                    yield word.value


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_actions_that_are_asked_for_exist() -> None:
    """A misspelt action in may() raises only when somebody asks: found here instead."""
    known = set(PERMISSIONS) | set(PUBLIC)
    wrong = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in _sources()
        for word in _actions_named(path)
        if re.fullmatch(r"[a-z]+\.[a-z-]+", word) and word not in known
    ]
    assert not wrong


OF_ORDERS = {"lead", "assist"}
"""An order leads or assists: that role is no person's."""


def role_comparisons(source: str) -> Iterator[tuple[str, int]]:
    """Function and line of each comparison of somebody's role."""
    tree = ast.parse(source)
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Compare) and _is_of_person(node):
                yield function.name, node.lineno


def _is_of_person(node: ast.Compare) -> bool:
    sides = (node.left, *node.comparators)
    others = [s for s in sides if not (isinstance(s, ast.Attribute) and s.attr == "role")]
    if len(others) == len(sides):
        return False
    said = {s.value if isinstance(s, ast.Constant) else _name(s).lower() for s in others}
    return not said or not said <= OF_ORDERS


def test_nothing_compares_roles_to_let_somebody_in() -> None:
    found = [
        (str(path.relative_to(ROOT)), function)
        for name in SERVICES
        for path in sorted((ROOT / "services" / name).rglob("*.py"))
        for function, _line in role_comparisons(path.read_text("utf-8"))
    ]
    assert set(found) == set(WITHOUT_DECIDING), "ask shared.permissions.may or scope_of"


def test_no_template_compares_roles() -> None:
    of_orders = "|".join(sorted(OF_ORDERS))
    compares = re.compile(rf'\.role\s*(==|!=|\bin\b|\bnot in\b)(?!\s*"({of_orders})")')
    templates = [*(ROOT / "services").rglob("*.html"), *(ROOT / "shared").rglob("*.html")]
    assert templates
    assert not [str(p) for p in templates if compares.search(p.read_text("utf-8"))]


def test_a_comparison_is_found_where_there_is_one() -> None:
    planted = "def view(user):\n    if user.role in ('admin',):\n        return 1\n"
    assert list(role_comparisons(planted)) == [("view", 2)]
    assert not list(role_comparisons("def view(user):\n    return may(user, 'case.read')\n"))
    assert not list(role_comparisons("def f(order):\n    return order.role == LEAD\n"))
    assert list(role_comparisons("def f(user):\n    return user.role == LEADER\n"))


def test_no_person_has_a_role_of_orders() -> None:
    assert OF_ORDERS.isdisjoint(ROLE_NAMES)


def test_the_table_is_as_it_was_written_down_the_second_time() -> None:
    """tests/support/permission_matrix.py says it independently: a slip of one is seen."""
    assert COLUMNS == ROLE_NAMES
    table = {
        action: {role: str(scopes[role]) if role in scopes else None for role in ROLE_NAMES}
        for action, scopes in PERMISSIONS.items()
    }
    assert table == WRITTEN


SHOWS_NOBODY = {
    "accounts.show": "an account, which is staff",
    "accounts.disable": "leads back to it",
    "accounts.enable": "leads back to it",
    "accounts.end_sessions": "leads back to it",
    "accounts.give_password": "an account, and recorded by itself",
    "channel_pages.manage": "a department's channel",
    "drafts_pages.forget": "one's own draft; leads back to the form",
    "drafts_pages.keep": "one's own draft; answers when it was kept",
    "files.remove": "leads back to the case",
    "grids_pages.send_photo": "one's own photo; answers what it is called",
    "hotline_pages.acknowledge": "leads back to the list",
    "hotline_pages.bad_rows": "numbers of the hotline's orders, and what is wrong with them",
    "hotline_pages.progress": "numbers of the hotline's orders, and what is wrong with them",
    "hotline_pages.return_file": "recorded by itself, as sent back",
    "hotline_pages.show_import": "numbers of the hotline's orders, and what is wrong with them",
    "ledger_pages.catalogue.item": "an item of the catalogue",
    "ledger_pages.catalogue.version": "a version of the catalogue",
    "pages.resend": "leads back to the message",
    "problem_pages.decide_candidate": "leads back to the list of problems",
    "problem_pages.settle_look_back": "leads back to the list of look-backs",
    "partners.decide": "leads back to the partner, which is an organisation",
    "partners_needs.answer": "leads back to the needs",
    "partners_needs.settle": "leads back to the need",
    "partners_needs.offer": "leads back to the need",
    "partners_points.redeem": "a partner's own passbook",
    "partners_points.cancel": "leads back to the passbook",
    "rosters_pages.answer_swap": "leads back to the rota, which is staff",
    "rosters_pages.cancel": "leads back to the rota, which is staff",
    "rosters_pages.decide_leave": "leads back to the rota, which is staff",
    "rosters_pages.decide_swap": "leads back to the rota, which is staff",
    "rosters_pages.revoke_calendar": "leads back to the rota, which is staff",
    "rosters_pages.set_member": "leads back to the rota, which is staff",
    "rosters_pages.withdraw_leave": "leads back to the rota, which is staff",
    "slots_pages.accept": "leads on to the form of acceptance, and recorded by itself",
    "slots_pages.queue.accept": "a ticket, which is nobody's; leads on to the form of acceptance",
    "slots_pages.queue.act": "a ticket, which is a number and nobody's",
    "slots_pages.queue.call": "a ticket, which is a number and nobody's",
}
"""Pages that name one thing and show nothing of a resident, and why."""


def test_every_page_of_one_thing_says_what_it_shows(tmp_path: Path) -> None:
    """So that who sees it is recorded, also where it comes back with the faults of a form."""
    from tests.support.permission_world import World  # noqa: PLC0415 - slow

    silent = set()
    for app, _runtime in World.services(tmp_path).values():
        for rule in app.url_map.iter_rules():
            view = app.view_functions[rule.endpoint]
            action = getattr(view, "baitong_action", "")
            shown = getattr(view, "baitong_shows", "") or action
            page = rule.arguments and not rule.rule.startswith("/api/")
            if page and action and not shown.endswith(".read"):
                silent.add(rule.endpoint)
    assert silent == set(SHOWS_NOBODY)
