"""What docs/security.md says of code, containers and the door, where nothing runs to show it."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from services.intake.staff.passwords import hash_password, is_right
from shared.contracts import SERVICES
from shared.sealing import KeyRing
from shared.web.app import base_app
from tests.architecture.checks import ROOT

STARTS_OR_LOADS = {"subprocess", "pickle", "marshal", "shelve", "xml", "lxml", "ctypes", "runpy"}
EVALUATES = {"eval", "exec", "compile", "__import__"}
OF_THE_SYSTEM = {"system", "popen", "execv", "execve", "spawnv"}
HEALTH_AND_DOCS = ("/healthz", "/api/intake/openapi.json")
LONG = "夜雨 Zwölf Boxkämpfer! 123 " * 6 + " "


# ---- Code ----


def dangerous(source: str) -> Iterator[str]:
    """What starts programs, evaluates text, reads XML or unpickles."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (n.name for n in node.names if n.name.split(".")[0] in STARTS_OR_LOADS)
        if (
            isinstance(node, ast.ImportFrom)
            and (node.module or "").split(".")[0] in STARTS_OR_LOADS
        ):
            yield str(node.module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from {node.func.id} & EVALUATES
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "os":
                yield from {node.attr} & OF_THE_SYSTEM
            if (node.value.id, node.attr) in {("yaml", "load"), ("yaml", "unsafe_load")}:
                yield f"yaml.{node.attr}"


def modules() -> Iterator[Path]:
    """Everything that runs in a district; yaml.load only where the loader is the safe one."""
    for folder in ("services", "shared"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_no_program_is_started_and_no_text_is_evaluated() -> None:
    found = {(p.relative_to(ROOT), what) for p in modules() for what in dangerous(p.read_text())}
    assert {(str(path), what) for path, what in found} <= {
        ("shared/district/reading.py", "yaml.load"),
        ("services/intake/open311/formats.py", "xml.etree"),  # only writes: see below
    }


def test_what_may_write_xml_reads_none() -> None:
    """Reading resolves what a text declares; writing escapes what it is given."""
    source = (ROOT / "services/intake/open311/formats.py").read_text("utf-8")
    attributes = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Attribute)]
    used = {one.attr for one in attributes if ast.unparse(one.value) == "ET"}
    assert used == {"Element", "tostring"}


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import subprocess", "subprocess"),
        ("from xml.etree import ElementTree", "xml.etree"),
        ("import os\nos.system('ls')", "system"),
        ("eval('1')", "eval"),
        ("import yaml\nyaml.load(text)", "yaml.load"),
    ],
)
def test_what_does_so_is_found(source, what) -> None:
    assert list(dangerous(source)) == [what]


def test_redirects_are_followed_nowhere() -> None:
    calls = re.compile(r"\b(?:requests|_?session)\.(?:get|post|put|request|fetch_token)\(")
    asking = {path: path.read_text(encoding="utf-8") for path in modules()}
    asking = {
        path: text
        for path, text in asking.items()
        if re.search("^import requests", text, re.MULTILINE)
    }
    assert len(asking) >= len(("the provider", "the gateways", "the broker's management"))
    for path, text in asking.items():
        assert text.count("allow_redirects=False") == len(calls.findall(text)), path


def test_password_fields_hide_what_is_typed_and_let_managers_fill_it() -> None:
    found = 0
    for path in (*ROOT.glob("services/*/templates/**/*.html"), *ROOT.glob("shared/**/*.html")):
        text = path.read_text(encoding="utf-8")
        for field in re.findall(r'ui\.field\(form, "(?:password|old|again)".*?\) \}\}', text):
            assert 'type="password"' in field, path
            assert re.search(r'autocomplete="(?:current|new)-password"', field), path
            found += 1
    assert found >= len(("at the door", "old", "new", "again"))
    for script in (ROOT / "shared/web/static").glob("*.js"):
        assert "paste" not in script.read_text(encoding="utf-8")


def test_a_long_password_of_any_signs_is_taken_as_it_is() -> None:
    assert len(LONG) > len("x" * 64)
    kept = hash_password(LONG)
    assert is_right(LONG, kept)
    for other in (LONG.strip(), LONG[:72], LONG.swapcase(), LONG.replace("ö", "o\u0308")):
        assert not is_right(other, kept)


@pytest.fixture(scope="module")
def client():
    app = base_app(
        "intake",
        secret="s" * 32,
        import_name=__name__,
        template_folder=None,
        translations=None,
        district_name="相山区",
    )
    return app.test_client()


@pytest.mark.parametrize("path", HEALTH_AND_DOCS)
def test_another_origin_is_let_read_nothing(client, path) -> None:
    for method in ("GET", "OPTIONS"):
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        answer = client.open(path, method=method, headers=asked)
        assert not [name for name in answer.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118 - not a dict
    assert client.get(path).status_code in {200, 404}


def test_trace_is_not_answered(client) -> None:
    assert client.open("/healthz", method="TRACE").status_code == 405


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/track/tok.en/files", "/track/-"),
        ("/files/tok.en", "/files/-"),
        ("/orders/form/tok.en", "/orders/form/-"),
        ("/orders/form/tok.en/reveal", "/orders/form/-"),
        ("/orders/XS-261123-0042-01", "/orders/XS-261123-0042-01"),
    ],
)
def test_the_doors_log_holds_no_link_that_opens_something(path, logged) -> None:
    text = (ROOT / "deploy/nginx/baitong.conf").read_text(encoding="utf-8")
    listed = re.search(r"map \$uri \$logged_uri \{(.*?)\n\}", text, re.DOTALL)
    assert listed is not None
    masks = re.findall(r"^ +~(\S+) +(\S+);", listed[1], re.MULTILINE)
    assert next((to for mask, to in masks if re.search(mask, path)), path) == logged


def test_a_line_of_the_log_is_one_document_whatever_is_in_it() -> None:
    program = (
        "import structlog; from shared import logs; logs.configure();"
        "structlog.get_logger().warning('said', by='a\\nlevel=error\\u2028x', n=1)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    [line] = told.stderr.strip().split("\n")[-1:]
    assert [one for one in told.stderr.split("\n") if "level=error" in one] == [line]
    read = json.loads(line)
    assert (read["by"], read["level"]) == ("a\nlevel=error\u2028x", "warning")
    assert read["timestamp"].endswith("Z")


# ---- Containers ----


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def containers(compose):
    return compose["services"]


@pytest.fixture
def given(tmp_path, tools, containers):
    """Names of the secrets that a container of compose sees."""
    _secrets(tmp_path / "secrets", tools)
    inside = dict(v.split(":")[:2] for v in containers["secrets"]["volumes"])

    def names(one) -> set[str]:
        seen = [v.split(":")[0] for v in one.get("volumes", ()) if str(v).startswith("secrets")]
        folders = [tmp_path / inside[volume].lstrip("/") for volume in seen]
        return {path.name for folder in folders for path in folder.rglob("*") if path.is_file()}

    return names


@pytest.fixture
def tools(tmp_path) -> Path:
    stand_in = tmp_path / "bin" / "chgrp"
    stand_in.parent.mkdir()
    stand_in.write_text("#!/bin/sh\n")  # the groups are those of the container
    stand_in.chmod(0o755)
    return stand_in.parent


def test_our_containers_can_do_little(containers) -> None:
    ours = [one for one in containers.values() if one["image"] == "baitong:local"]
    assert len(ours) > len(SERVICES)
    for one in ours:
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]
        if one.get("user") == "root":  # what makes the secrets, and what changes a service's keys
            assert one.get("network_mode") == "none" or one["networks"] == ["data"]
            assert one["cap_add"] == ["CHOWN"]


def test_what_is_not_ours_can_do_no_more_than_it_must(containers) -> None:
    for name in ("nginx", "rabbitmq", "postgres"):
        one = containers[name]
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]
        assert not set(one["cap_add"]) & {"SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE", "ALL"}
    assert all("mem_limit" in one for one in containers.values())


def test_the_door_reaches_the_services_and_nothing_behind_them(containers, compose) -> None:
    assert {name for name, one in compose["networks"].items() if one is None} == {"edge"}
    on = {
        network: {name for name, one in containers.items() if network in one.get("networks", ())}
        for network in compose["networks"]
    }
    assert on["edge"] == {"nginx", *SERVICES}
    assert on["data"] & {"nginx", "rabbitmq", "postgres"} == {"postgres"}
    assert on["bus"] == {"rabbitmq", "broker", *SERVICES}
    offline = {name for name, one in containers.items() if one.get("network_mode") == "none"}
    assert offline | set.union(*on.values()) == set(containers)  # nobody is on compose's own


def test_each_sees_the_secrets_it_needs_and_no_others(containers, given) -> None:
    """What the script puts into each volume, read as the containers mount them."""
    own = {
        f"{prefix}{service}": {
            "SECRET_KEY",
            *(
                f"{service.upper()}_{what}"
                for what in ("DB_PASSWORD", "AMQP_PASSWORD", "DATA_KEYS")
            ),
        }
        for service in SERVICES
        for prefix in ("", "migrate-", "keys-")
    }
    assert {name: given(one) for name, one in containers.items() if name != "secrets"} == own | {
        "postgres": {"POSTGRES_PASSWORD", *(f"{s.upper()}_DB_PASSWORD" for s in SERVICES)},
        "rabbitmq": {"RABBITMQ_PASSWORD"},
        "broker": {"RABBITMQ_PASSWORD", *(f"{s.upper()}_AMQP_PASSWORD" for s in SERVICES)},
        "nginx": set(),
    }


def test_keys_are_changed_only_by_hand(containers) -> None:
    for name, one in containers.items():
        mounts = [v for v in one.get("volumes", ()) if str(v).startswith("secrets")]
        if name != "secrets" and not all(v.endswith(":ro") for v in mounts):
            assert one["profiles"] == ["keys"]


def test_only_the_door_is_open_to_the_outside(containers) -> None:
    assert [name for name, one in containers.items() if "ports" in one] == ["nginx"]
    for extra, opened in (("tls", {"nginx"}), ("departments", {"rabbitmq"})):
        text = (ROOT / f"deploy/{extra}.yml").read_text(encoding="utf-8")
        more = yaml.safe_load(text)["services"]
        assert {name for name, one in more.items() if "ports" in one} == opened
        assert "5672" not in text
        assert "5432" not in text


def test_each_service_reads_its_own_passwords_only(containers) -> None:
    for name in SERVICES:
        settings = containers[name]["environment"]
        files = [Path(v).name for k, v in settings.items() if k.endswith("_FILE")]
        own = f"{name.upper()}_"
        assert [file for file in files if not file.startswith(own)] == ["SECRET_KEY"]
        assert len(containers[name]["group_add"]) == 1
    groups = [containers[n]["group_add"][0] for n in SERVICES]
    assert len(set(groups)) == len(groups)


def test_the_image_holds_what_runs_and_runs_as_nobody() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = {source for source, _to in re.findall(r"^COPY (\S+) (\S+)$", text, re.MULTILINE)}
    assert copied == {
        *("requirements/run.txt", "services/", "shared/", "districts/"),
        "deploy/make_secrets.sh",
    }
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["baitong"]
    assert "--require-hashes" in text


def test_secrets_are_made_at_random_and_kept(tmp_path, tools) -> None:
    first, second = (_secrets(tmp_path / name, tools) for name in ("a", "b"))
    assert (
        set(first) == set(second) > {"SECRET_KEY", "POSTGRES_PASSWORD", "intake/INTAKE_DATA_KEYS"}
    )
    assert not set(first.values()) & set(second.values())
    copied = {name for name in first if "/" in name and not name.endswith("_DATA_KEYS")}
    assert all(first[name] == first[Path(name).name] for name in copied)
    made = [value for name, value in first.items() if name not in copied]
    assert len(set(made)) == len(made)
    assert min(map(len, made)) >= len("0" * 48)
    assert _secrets(tmp_path / "a", tools) == first
    files = [path for path in (tmp_path / "a").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o440}


def test_two_data_keys_of_one_day_have_different_ids(tmp_path, tools) -> None:
    made = [_secrets(tmp_path / name, tools)["intake/INTAKE_DATA_KEYS"] for name in ("a", "b")]
    [first, second] = [KeyRing(text).first.id for text in made]
    assert first != second
    assert re.fullmatch(r"k[0-9]{8}-[0-9a-f]{4}", first)


def test_a_secret_given_in_the_environment_reaches_its_readers(tmp_path, tools) -> None:
    _secrets(tmp_path / "a", tools)
    kept = _secrets(tmp_path / "a", tools, INTAKE_DB_PASSWORD="of the district")
    names = ("", "intake/", "postgres/")
    assert {kept[f"{name}INTAKE_DB_PASSWORD"] for name in names} == {"of the district"}


def test_the_one_folder_of_an_older_deployment_is_taken_apart(tmp_path, tools) -> None:
    old = {"SECRET_KEY": "of old", "INTAKE_DB_PASSWORD": "word", "INTAKE_DATA_KEYS": "k2 b\nk1 a\n"}
    (tmp_path / "a").mkdir()
    for name, value in old.items():
        (tmp_path / "a" / name).write_text(value)
    now = _secrets(tmp_path / "a", tools)
    assert now["intake/INTAKE_DATA_KEYS"] == "k2 b\nk1 a"
    assert "INTAKE_DATA_KEYS" not in now
    assert {now[f"{s}/SECRET_KEY"] for s in SERVICES} == {"of old"}
    assert {now["intake/INTAKE_DB_PASSWORD"], now["postgres/INTAKE_DB_PASSWORD"]} == {"word"}


def test_no_key_is_made_in_place_of_an_empty_file_or_chosen_of_two(tmp_path, tools) -> None:
    _secrets(tmp_path / "a", tools)
    kept = tmp_path / "a/intake/INTAKE_DATA_KEYS"
    (tmp_path / "a/INTAKE_DATA_KEYS").write_text("k1 other")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        _secrets(tmp_path / "a", tools)
    assert "Put the lines of both into intake/INTAKE_DATA_KEYS" in refused.value.stderr
    (tmp_path / "a/INTAKE_DATA_KEYS").unlink()
    kept.unlink()
    kept.touch()
    with pytest.raises(subprocess.CalledProcessError) as refused:
        _secrets(tmp_path / "a", tools)
    assert "put it back from the backup" in refused.value.stderr
    assert kept.read_text() == ""


def _secrets(folder: Path, tools: Path, **given: str) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    environment = {"PATH": f"{tools}:{os.environ['PATH']}"} | given
    script = ROOT / "deploy/make_secrets.sh"
    asked = ["sh", str(script), str(folder)]
    subprocess.run(asked, env=environment, check=True, capture_output=True, text=True)
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def test_only_suites_with_keys_of_their_own_and_a_tag() -> None:
    text = (ROOT / "deploy/nginx/listen-tls.conf").read_text(encoding="utf-8")
    [suites] = re.findall(r"^ssl_ciphers (\S+);$", text, re.MULTILINE)
    for suite in suites.split(":"):
        assert suite.startswith("ECDHE-")
        assert "-GCM-" in suite or suite.endswith("CHACHA20-POLY1305")
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in text
