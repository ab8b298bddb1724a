"""The structure is what the conventions say; and each rule is shown able to fail."""

import shutil
from pathlib import Path

import pytest

from shared.routes import PREFIXES
from tests.architecture import checks

ROOT = checks.ROOT


def plant(root: Path, name: str, text: str) -> Path:
    """Write a file into a made-up repository."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_the_repository_keeps_the_rule(check) -> None:
    assert check(ROOT) == []


def test_nginx_and_the_embedded_gateway_agree() -> None:
    assert checks.nginx_unlike_routes(ROOT, PREFIXES) == []


def test_there_is_domain_to_check() -> None:
    domain = {
        "/".join(path.parts[1:])
        for path in (p.relative_to(ROOT) for p in checks.sources(ROOT / "services"))
        if checks.is_domain(path)
    }
    assert {
        "intake/case.py",
        "intake/ways/steps.py",
        "routing/order.py",
        "notify/message.py",
        "partners/need.py",
    } <= domain
    assert "intake/store.py" not in domain


@pytest.mark.parametrize(
    "line",
    [
        "from services.routing import order",
        "import services.routing.store",
        "from services import routing",
        "from services.catalogue import parts_of",
        "from .. import routing",
        "from ..routing import order",
    ],
)
def test_a_service_that_knows_another_is_found(tmp_path, line) -> None:
    plant(tmp_path, "services/intake/case.py", f"{line}\nfrom services.intake import rules\n")
    (found,) = checks.services_that_know_each_other(tmp_path)
    assert found.startswith("services/intake/case.py:1: intake imports services")


def test_shared_that_knows_a_service_is_found(tmp_path) -> None:
    plant(tmp_path, "shared/web/nav.py", "def f():\n    import services.intake\n")
    assert checks.shared_that_knows_services(tmp_path) == [
        "shared/web/nav.py:2: imports services.intake"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "import sqlalchemy as sa",
        "from flask import request",
        "from kombu import Connection",
        "from nameko.timer import timer",
        "import eventlet.event",
        "from shared.db import Transaction",
        "from shared.green import sleep",
        "from shared import db",
        "from services.intake import store",
        "from services.intake.pages_common import show",
        "from services.intake.desk.pages import show",
        "from .models import cases",
    ],
)
def test_machinery_in_the_domain_is_found(tmp_path, line) -> None:
    plant(tmp_path, "services/intake/case.py", f"{line}\nfrom services.intake import rules\n")
    (found,) = checks.domain_with_machinery(tmp_path)
    assert found.startswith("services/intake/case.py:1: the domain imports ")


@pytest.mark.parametrize(
    "line", ["from services.intake.ways import handlers", "from . import store"]
)
def test_machinery_in_a_folder_is_found(tmp_path, line) -> None:
    for name in ("handlers", "store"):
        plant(tmp_path, f"services/intake/ways/{name}.py", "import sqlalchemy\n")
    plant(tmp_path, "services/intake/ways/steps.py", f"{line}\nfrom services.intake import rules\n")
    (found,) = checks.domain_with_machinery(tmp_path)
    assert found.startswith("services/intake/ways/steps.py:1: the domain imports ")


def test_names_of_domain_modules_are_left_alone(tmp_path) -> None:
    plant(tmp_path, "services/intake/ways/rules.py", "store_known = 1\n")
    lines = ("from services.intake.ways.rules import store_known", "from . import rules", "")
    plant(tmp_path, "services/intake/ways/steps.py", "\n".join(lines))
    assert checks.domain_with_machinery(tmp_path) == []


def test_machinery_outside_the_domain_is_left_alone(tmp_path) -> None:
    for name in ("store", "pages_desk", "api_catalogue", "handlers_points", "migrations/0001_x"):
        plant(tmp_path, f"services/intake/{name}.py", "import sqlalchemy\n")
    assert checks.domain_with_machinery(tmp_path) == []


@pytest.mark.parametrize("name", ["shared/bus/local.py", "services/intake/handlers.py"])
def test_the_broker_known_elsewhere_is_found(tmp_path, name) -> None:
    plant(tmp_path, name, "from amqp import Connection\n")
    plant(tmp_path, "shared/bus/amqp.py", "import amqp\n")
    assert checks.amqp_elsewhere(tmp_path) == [f"{name}:1: imports amqp.Connection"]


def test_eventlet_known_elsewhere_is_found(tmp_path) -> None:
    plant(tmp_path, "services/intake/handlers.py", "from eventlet import sleep\n")
    plant(tmp_path, "shared/green.py", "from eventlet import sleep\n")
    plant(tmp_path, "services/notify/delivery.py", "from shared.green import sleep\n")
    assert checks.eventlet_elsewhere(tmp_path) == [
        "services/intake/handlers.py:1: imports eventlet.sleep"
    ]


def test_a_long_module_is_found(tmp_path) -> None:
    plant(tmp_path, "services/intake/case.py", "x = 1\n" * 401)
    plant(tmp_path, "services/intake/rules.py", "x = 1\n" * 400)
    assert checks.long_modules(tmp_path) == ["services/intake/case.py: 401 lines, at most 400"]


CONTENTS = '''"""Contents."""
from shared.bus.subscription import subscribe

class IntakeService:
    """It."""
    name = "intake"

    @subscribe("routing", {})
    def hear_routing(self, batch):
        batch.apply()

SERVICE = IntakeService
'''


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("SERVICE = ", "def f():\n    pass\n\nSERVICE = ", "holds more than contents"),
        ("SERVICE = IntakeService", "SERVICE = other", "holds more than contents"),
        ('    @subscribe("routing", {})\n', "", "hear_routing is no entrypoint"),
        ("class ", "class Other:\n    pass\n\nclass ", "holds 2 classes"),
        ('name = "intake"', "for x in ():\n        y = x", "holds more than entrypoints"),
    ],
)
def test_more_than_contents_is_found(tmp_path, before, after, what) -> None:
    plant(tmp_path, "services/intake/service.py", CONTENTS)
    assert checks.services_with_more_than_contents(tmp_path) == []
    plant(tmp_path, "services/intake/service.py", CONTENTS.replace(before, after))
    (found,) = checks.services_with_more_than_contents(tmp_path)
    assert what in found


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    f()\nexcept:\n    raise\n",
        "try:\n    f()\nexcept ValueError:\n    pass\n",
        "try:\n    f()\nexcept ValueError:\n    ...\n",
        "import contextlib\nwith contextlib.suppress(Exception):\n    f()\n",
    ],
)
def test_a_swallowed_exception_is_found(tmp_path, text) -> None:
    plant(tmp_path, "services/intake/case.py", text)
    assert len(checks.swallowed_exceptions(tmp_path)) == 1


def test_an_exception_that_is_answered_is_left_alone(tmp_path) -> None:
    plant(tmp_path, "services/intake/case.py", "try:\n    f()\nexcept ValueError:\n    x = None\n")
    assert checks.swallowed_exceptions(tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js"></script>',
        "<script src='//cdn.example/x.js'></script>",
        '<link rel="stylesheet" href="https://cdn.example/x.css">',
        "a { background: url(//cdn.example/x.png) }",
        '@import "https://cdn.example/x.css";',
        'import { x } from "https://cdn.example/x.js";',
        'fetch("https://cdn.example/x.json")',
    ],
)
def test_a_page_that_loads_from_elsewhere_is_found(tmp_path, text) -> None:
    plant(tmp_path, "services/intake/templates/intake/desk.html", f"\n{text}\n")
    (found,) = checks.addresses_of_others(tmp_path)
    assert found.startswith("services/intake/templates/intake/desk.html:2: loads ")


def test_a_link_to_elsewhere_and_a_namespace_are_left_alone(tmp_path) -> None:
    text = (
        '<a href="https://www.gov.cn/">x</a><img src="/static/x.svg">'
        '<svg xmlns="http://www.w3.org/2000/svg"/>'
    )
    plant(tmp_path, "shared/web/static/x.html", text)
    assert checks.addresses_of_others(tmp_path) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://registry.example/simple",
        "-i //registry.example",
        "x @ https://example/x.whl",
    ],
)
def test_a_registry_in_a_lock_file_is_found(tmp_path, line) -> None:
    plant(tmp_path, "requirements/run.txt", f"flask==3.1 \\\n    --hash=sha256:00\n{line}\n")
    assert checks.registries_in_lock_files(tmp_path) == [f"requirements/run.txt:3: {line}"]


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ("|supervise)", ")", "/supervise"),
        ("orders|", "orders|desk|", "/desk"),
        ("points)", "points|gifts)", "/gifts"),
        ("messages)(/|$)", "messages)", "/messagesx"),
    ],
)
def test_an_nginx_that_disagrees_is_found(tmp_path, before, after, path) -> None:
    text = (ROOT / "deploy/nginx/baitong.conf").read_text(encoding="utf-8")
    assert before in text
    lines = text.replace(before, after)
    if path == "/desk":  # nginx takes the first that fits
        lines = lines.replace("|desk|my", "|my")
    plant(tmp_path, "deploy/nginx/baitong.conf", lines)
    assert any(f.startswith(f"{path}:") for f in checks.nginx_unlike_routes(tmp_path, PREFIXES))


def test_a_command_without_help_is_found(tmp_path) -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    plant(
        tmp_path, "Makefile", text.replace("bench: .venv/dev.stamp ##", "bench: .venv/dev.stamp #")
    )
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    assert checks.commands_without_help(tmp_path) == ["make bench is not listed by make help"]
