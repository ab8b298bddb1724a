"""Logs as events with fields: readable on a terminal, JSON elsewhere, and nobody's data in them.

No name can be told from another word, so three things keep people out of the log: we log numbers
and codes, never what somebody wrote; of an exception we log its class and place, never its text
(it quotes what it could not read); libraries that write values at DEBUG stay at INFO. Telephone and
identity numbers are masked in whatever is left. tests/integration/test_leaks.py greps for the rest.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO, cast

import structlog
from structlog.typing import Processor

from shared.mask import mask_text

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
TALKATIVE = ("sqlalchemy", "PIL", "urllib3", "requests_oauthlib", "authlib", "httpx", "httpcore")
"""Libraries that write rows, EXIF, queries or tokens at DEBUG: never below INFO."""
_FORMAT = "%(levelname)s:%(name)s:%(message)s"
_Fields = MutableMapping[str, Any]


class _StandardError:
    """Standard error as it is when something is said; a logger keeps its file for ever."""

    def write(self, text: str) -> int:
        """Write there, and say how much."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Let it out."""
        sys.stderr.flush()


def configure(level: int = logging.INFO) -> None:
    """Send structlog's and the libraries' logs to standard error; once more changes it for all.

    Args:
        level: of our own events. Libraries speak from WARNING on, unless it is DEBUG.
    """
    # Loggers in use keep the list they began with: a new one would leave them with the old.
    processors = structlog.get_config()["processors"]
    processors[:] = _processors(readable=sys.stderr.isatty())
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _StandardError())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Masked(_FORMAT))
    loud = level if level < logging.INFO else logging.WARNING
    logging.basicConfig(level=loud, handlers=[handler])
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(loud, logging.INFO))


def _processors(*, readable: bool) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_where),
        _mask,
        structlog.dev.ConsoleRenderer()
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def fault(error: BaseException) -> str:
    """An exception for a log: its class, what it says for logs (``told``), and where it was raised.

    ``told`` is an attribute of our own exceptions, for a text that quotes nobody.
    """
    told = getattr(error, "told", "")
    where = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" ({where[0].filename.rsplit('/', 1)[-1]}:{where[0].lineno})" if where else ""
    return f"{type(error).__name__}{f': {told}' if told else ''}{place}"


def trace(error: BaseException) -> str:
    """The traceback, with each exception's class instead of its text."""
    lines: list[str] = []
    one: BaseException | None = error
    while one is not None:
        frames = traceback.format_list(traceback.extract_tb(one.__traceback__))
        lines = ["Traceback (most recent call last):\n", *frames, f"{fault(one)}\n", *lines]
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "".join(lines).rstrip()


class Masked(logging.Formatter):
    """Writes what libraries log: exceptions without their texts, numbers masked."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_argument, record.args))
        record.msg = _argument(record.msg)
        record.exc_text = None
        return mask_text(super().format(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        """The traceback without texts."""
        return trace(ei[1])


def _argument(value: Any) -> Any:
    return fault(value) if isinstance(value, BaseException) else value


def _where(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    return trace(exc_info[1])


def _mask(_logger: object, _method: str, fields: _Fields) -> _Fields:
    for name, value in fields.items():
        if isinstance(value, BaseException):
            fields[name] = fault(value)
        elif isinstance(value, str):
            fields[name] = mask_text(value)
    return fields
