"""The rules of the structure, each a function: a repository -> what breaks the rule, in words."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from shared.routes import service_for

ROOT = Path(__file__).parent.parent.parent
LONGEST_MODULE = 400
COMMANDS = {"run", "test", "lint", "up", "down", "demo", "bench"}

MACHINERY = {
    "nameko",
    "kombu",
    "amqp",
    "flask",
    "flask_smorest",
    "flask_wtf",
    "sqlalchemy",
    "alembic",
}
MACHINERY |= {"eventlet", "psycopg", "requests", "werkzeug", "smtplib", "socket"}
"""What the domain knows nothing of, so that it can be read, tested and kept without it."""

GROUND = (
    "shared.db",
    "shared.green",
    "shared.bus",
    "shared.web",
    "shared.runtime",
    "shared.hosting",
    "shared.migrate",
)
"""Parts of shared/ that stand on the machinery."""

SHELL = {
    # what every service has
    *(
        "service",
        "handlers",
        "models",
        "store",
        "api",
        "pages",
        "site",
        "seed",
        "events",
        "queries",
    ),
    "migrations",
    "accounts",  # reads and writes accounts, for sign-in and the operator
    "oidc",  # asks the identity provider
    "sessions",  # ended ones, told to every service
    "access",  # who may see what, answered as HTTP problems
    "actions",  # what the API and the pages do alike, as commands
    "acts",  # what a page offers, by who may see and do what
    "bounces",  # a report over a table
    "channels",  # SMTP, robots and SMS gateways
    "colleagues",  # officers of a community, looked up in the accounts' table
    "decisions",  # handlers of what a supervisor decides about an order
    "delivery",  # runs the channels
    "disputes",  # handlers of returns and of what an arbiter rules
    "duty",  # who is on duty, asked of the rota's tables
    "facts",  # handlers of what other services say
    "handling",  # what all handlers of a case do: load it, keep it
    "joint",  # handlers of orders that several departments work on
    "forms",  # fields of pages, called in the reader's language
    "former",  # orders of earlier transfers, looked up in a table
    "fresh",  # parts of a page asked for again, as HTTP
    "listing",  # expressions of lists, each with its index
    "lists",  # queries of the pages
    "held",  # everything that is held of a person, for themselves
    "people",  # handlers and queries of what is held of residents
    "papers",  # what stands on what is printed, in the reader's language
    "present",  # how a page shows things, in the reader's language
    "problems",  # the domain's refusals as HTTP answers
    "repeats",  # the same resident and matter again, looked up in a table
    "repeated",  # a request that came twice, known by its key in a table
    "replies",  # messages of departments, raw from the bus
    "show",  # as present
    "schemas",  # of the JSON API
    "tables",  # of a package inside a service, for its models
    "timers",  # what time does to orders, found in a table
    "tries",  # wrong guesses, counted in a table
    "verify",  # a command for the operator
    "views",  # as present
    "words",  # texts of pages, translated
}
"""Words in the names of modules that join the domain to the world; every other module is domain."""


def sources(folder: Path) -> Iterator[Path]:
    """Every Python file below, except migrations, in order."""
    yield from (p for p in sorted(folder.rglob("*.py")) if "migrations" not in p.parts)


def imports(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a file imports; relative imports are resolved."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*above, *filter(None, [node.module])))
            yield from ((node.lineno, f"{base}.{name.name}") for name in node.names)


def services_that_know_each_other(root: Path) -> list[str]:
    """A service imports nothing of ``services`` but itself: what it must know it hears."""
    return [
        f"{where}: {path.parts[1]} imports {name}"
        for path, where, name in _imports_below(root, "services")
        if len(path.parts) > 2 and _within(name, "services") and not _may_know(path, name)
    ]


def shared_that_knows_services(root: Path) -> list[str]:
    """shared/ stands below the services and knows none of them."""
    return [
        f"{where}: imports {name}"
        for _, where, name in _imports_below(root, "shared")
        if _within(name, "services")
    ]


def domain_with_machinery(root: Path) -> list[str]:
    """Domain modules import neither machinery nor anything that stands on it."""
    return [
        f"{where}: the domain imports {name}"
        for path, where, name in _imports_below(root, "services")
        if is_domain(path) and _is_machinery(name, _package(path), root)
    ]


def is_domain(path: Path) -> bool:
    """Whether ``services/<name>/<module>.py`` is domain, by its name."""
    if len(path.parts) < 3 or path.name == "__init__.py":
        return False
    words = {word for part in path.with_suffix("").parts[2:] for word in part.split("_")}
    return not words & SHELL


def amqp_elsewhere(root: Path) -> list[str]:
    """One file knows the broker: only shared/bus/amqp.py imports amqp or kombu."""
    return [
        f"{where}: imports {name}"
        for folder in ("services", "shared")
        for path, where, name in _imports_below(root, folder)
        if name.split(".")[0] in {"amqp", "kombu", "pika"} and path != Path("shared/bus/amqp.py")
    ]


EVENTLETS_OWN = {
    "services/__main__.py",  # patches the standard library
    "services/command.py",  # quiets its hub while services start
    "shared/green.py",
    "shared/hosting.py",  # its HTTP server
    "shared/postgres.py",  # its way to wait for a socket
    "shared/uploads/reading.py",  # its pipes of a process
}


def eventlet_elsewhere(root: Path) -> list[str]:
    """Green threads have one name each, in shared/green.py; the rest of eventlet its few places."""
    return [
        f"{where}: imports {name}"
        for folder in ("services", "shared")
        for path, where, name in _imports_below(root, folder)
        if name.split(".")[0] == "eventlet" and path.as_posix() not in EVENTLETS_OWN
    ]


def long_modules(root: Path) -> list[str]:
    """A file fits a screen or three; one that does not is two."""
    found = []
    for folder in ("services", "shared", "tools", "bench"):
        for path in sources(root / folder):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > LONGEST_MODULE:
                found.append(f"{path.relative_to(root)}: {lines} lines, at most {LONGEST_MODULE}")
    return found


def services_with_more_than_contents(root: Path) -> list[str]:
    """service.py is a table of contents: imports, one class of entrypoints, SERVICE = the class."""
    found = []
    for path in sorted((root / "services").glob("*/service.py")):
        where = path.relative_to(root)
        found += [f"{where}:{line}: {what}" for line, what in _more_than_contents(_tree(path))]
    return found


def swallowed_exceptions(root: Path) -> list[str]:
    """No bare except, no ``except …: pass``, no suppressing of everything."""
    found = []
    for folder in ("services", "shared", "tools", "bench"):
        for path in sources(root / folder):
            where = path.relative_to(root)
            for node in ast.walk(_tree(path)):
                found += [f"{where}:{node.lineno}: {what}" for what in _swallows(node)]
    return found


def addresses_of_others(root: Path) -> list[str]:
    """Pages load nothing from elsewhere: government networks are closed."""
    loads = re.compile(
        r"""(?:\bsrc(?:set)?\s*=|<link\b[^>]*\bhref\s*=|\burl\(|@import|\bfetch\(|\bimport\b[^;\n]*?from)
            \s*["'(]*\s*(?:https?:)?//[\w.-]+""",
        re.VERBOSE | re.IGNORECASE,
    )
    found = []
    for folder in ("services", "shared"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and {"templates", "static"} & set(path.parts):
                text = path.read_text(encoding="utf-8", errors="replace")
                for match in loads.finditer(text):
                    line = text.count("\n", 0, match.start()) + 1
                    found.append(f"{path.relative_to(root)}:{line}: loads {match.group(0)!r}")
    return found


def registries_in_lock_files(root: Path) -> list[str]:
    """Lock files name packages and hashes, never where somebody once got them from."""
    address = re.compile(
        r"https?://|^\s*(-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host)\b"
    )
    return [
        f"{path.relative_to(root)}:{number}: {line.strip()}"
        for path in sorted((root / "requirements").glob("*.txt"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if address.search(line)
    ]


def nginx_unlike_routes(root: Path, prefixes: dict[str, tuple[str, ...]]) -> list[str]:
    """The map of nginx gives every address to the service shared/routes.py names."""
    text = (root / "deploy/nginx/baitong.conf").read_text(encoding="utf-8")
    rules = _nginx_map(text)
    known = [prefix for listed in prefixes.values() for prefix in listed]
    asked = [p for prefix in known for p in (prefix, f"{prefix.rstrip('/')}/x", f"{prefix}x")]
    asked += [f"/{word}" for pattern, _ in rules for word in _alternatives(pattern)]
    return [
        f"{path}: nginx asks {_nginx_service(rules, path)}, not {service_for(path)}"
        for path in dict.fromkeys(asked)
        if _nginx_service(rules, path) != service_for(path)
    ]


def commands_without_help(root: Path) -> list[str]:
    """``make help`` lists every command a person is told of."""
    told = subprocess.run(
        ["make", "-C", str(root), "help"], capture_output=True, text=True, check=True
    )
    listed = set(re.findall(r"^\s*make (\w+)\s+\S", told.stdout, re.MULTILINE))
    return [f"make {name} is not listed by make help" for name in sorted(COMMANDS - listed)]


def _imports_below(root: Path, folder: str) -> Iterator[tuple[Path, str, str]]:
    """Path below root, ``path:line`` and name of every import."""
    for path in sources(root / folder):
        below = path.relative_to(root)
        for line, name in imports(path, root):
            yield below, f"{below}:{line}", name


def _may_know(path: Path, name: str) -> bool:
    # no service: where the command-line tools of a service find its runtime
    return _within(name, _package(path)) or _within(name, "services.command")


def _package(path: Path) -> str:
    return ".".join(path.parts[:2])


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _is_machinery(name: str, package: str, root: Path) -> bool:
    if name.partition(".")[0] in MACHINERY or any(_within(name, part) for part in GROUND):
        return True
    if not _within(name, package):
        return False
    # a module of the same service: any word of its folders and its own says which
    modules = _module(name, root).split(".")[2:]
    return bool(SHELL & set("_".join(modules).split("_")))


def _module(name: str, root: Path) -> str:
    """The module that an imported name is, or that it stands in.

    What stands directly below a service is a module, and so is what has a file or folder.
    """
    above = name.rpartition(".")[0]
    path = root.joinpath(*name.split("."))
    is_module = above.count(".") < 2 or path.is_dir() or path.with_suffix(".py").is_file()
    return name if is_module else above


def _more_than_contents(tree: ast.Module) -> Iterator[tuple[int, str]]:
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    if len(classes) != 1:
        yield 1, f"holds {len(classes)} classes, not one"
        return
    for node in tree.body:
        if not _is_contents(node, classes[0].name):
            yield node.lineno, f"holds more than contents: {ast.unparse(node)[:60]}"
    for node in classes[0].body:
        if isinstance(node, ast.FunctionDef) and not node.decorator_list:
            yield node.lineno, f"{node.name} is no entrypoint"
        elif not _is_docstring(node) and not isinstance(node, (ast.FunctionDef, ast.Assign)):
            yield node.lineno, f"holds more than entrypoints: {ast.unparse(node)[:60]}"


def _is_contents(node: ast.stmt, service: str) -> bool:
    if isinstance(node, ast.Assign):  # SERVICE, or a number with a name, such as a timer's interval
        return isinstance(node.value, ast.Constant) or ast.unparse(node) == f"SERVICE = {service}"
    return _is_docstring(node) or isinstance(node, (ast.Import, ast.ImportFrom, ast.ClassDef))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _swallows(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ExceptHandler):
        if node.type is None:
            yield "a bare except"
        if all(isinstance(s, ast.Pass) or _is_docstring(s) for s in node.body):
            yield "an exception is swallowed"
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
        names = {ast.unparse(argument) for argument in node.args}
        if names & {"Exception", "BaseException"}:
            yield "everything is suppressed"


def _nginx_map(text: str) -> list[tuple[str, str]]:
    block = re.search(r"map \$uri \$baitong_service \{(.*?)\n\}", text, re.DOTALL)
    if block is None:
        raise LookupError("deploy/nginx/baitong.conf has no map $uri $baitong_service")
    lines = [line.split("#")[0].rstrip("; ").split() for line in block[1].splitlines()]
    return [(pattern, service) for pattern, service in filter(None, lines)]


def _nginx_service(rules: list[tuple[str, str]], path: str) -> str:
    """As nginx does: the first pattern that fits, else the default."""
    for pattern, service in rules:
        if pattern.startswith("~") and re.search(pattern[1:], path):
            return service
    return dict(rules)["default"]


def _alternatives(pattern: str) -> list[str]:
    inside = re.match(r"~\^/\(([^)]*)\)", pattern)
    return inside[1].split("|") if inside else []


def _tree(path: Path) -> ast.Module:
    return _parsed(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=1000)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


CHECKS: tuple[Callable[[Path], list[str]], ...] = (
    services_that_know_each_other,
    shared_that_knows_services,
    domain_with_machinery,
    amqp_elsewhere,
    eventlet_elsewhere,
    long_modules,
    services_with_more_than_contents,
    swallowed_exceptions,
    addresses_of_others,
    registries_in_lock_files,
    commands_without_help,
)
"""Those that need nothing but the folder."""
