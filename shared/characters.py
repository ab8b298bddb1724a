r"""Characters no text here may hold, since a database or UTF-8 cannot: refused where they come in.

PostgreSQL keeps no NUL, and a lone surrogate (JSON's ``\ud800`` without its other half) cannot be
written as UTF-8 at all.
"""

from collections.abc import Iterator, Mapping
from typing import Any

NUL = "\0"


def storable(text: str) -> bool:
    """Whether every database and every message can hold this text."""
    if NUL in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(text: str) -> str:
    """The text with what cannot be held replaced, fit to be named in an answer."""
    return text.replace(NUL, "\ufffd").encode(errors="replace").decode()


def unstorable(data: Any) -> Iterator[str]:
    """The dotted paths in a JSON document of every text, or name, that cannot be held.

    Works through a list of its own, so that deep nesting cannot exhaust the stack.
    """
    waiting: list[tuple[str, Any]] = [("", data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            if not storable(value):
                yield path
        elif isinstance(value, Mapping):
            for name, inside in value.items():
                if storable(name):
                    waiting.append((_below(path, name), inside))
                else:
                    yield _below(path, shown(name))
        elif isinstance(value, list):
            waiting.extend((_below(path, str(place)), one) for place, one in enumerate(value))


def _below(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
