"""Chinese is the message id; English comes from .po files, read as they are.

Pages speak Chinese unless the reader chose English (`?lang=en`, then the cookie `lang`). The API
listens to `Accept-Language` as well, since a program has no switch to click.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

import flask
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from jinja2.ext import babel_extract

from shared.msgid import msgid as msgid  # noqa: PLC0414 - handed on
from shared.web.context import is_api, web_of

CHINESE = "zh"
ENGLISH = "en"
LANGUAGES = (CHINESE, ENGLISH)
COOKIE = "lang"
DESK = "百通岗"
"""What the texts call the all-in-one desk; a district may call it otherwise."""
COMMUNITY = "社区"
SHARED_CATALOGUE = Path(__file__).parent / "translations" / "en.po"

_outside: ContextVar[str] = ContextVar("language_outside_a_request", default=CHINESE)
_CJK = re.compile(r"[㐀-鿿]")
_KIT_KEYWORDS = ("msgid", "Problem", "FieldError")


def read_catalogue(*files: Path) -> NullTranslations:
    """Read English catalogues; a later file wins over an earlier one.

    Raises FileNotFoundError for a missing file and babel's PoFileError for a malformed one.
    """
    merged: Translations | None = None
    for file in files:
        with file.open("rb") as source:
            catalogue = read_po(source, locale=ENGLISH, abort_invalid=True)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        translations = Translations(compiled)
        if merged is None:
            merged = translations
        else:
            merged.merge(translations)
    return merged if merged is not None else NullTranslations()


def language() -> str:
    """Give the language of this request: `zh` or `en`; outside requests, of `speaking`."""
    if not flask.has_request_context():
        return _outside.get()
    if "baitong_language" not in flask.g:
        flask.g.baitong_language = _choose()
    return str(flask.g.baitong_language)


def chosen_language() -> str | None:
    """Give the language asked for in this very request by `?lang=`, if it is one of ours."""
    asked = flask.request.args.get("lang", "")
    return asked if asked in LANGUAGES else None


def _choose() -> str:
    asked = chosen_language() or flask.request.cookies.get(COOKIE, "")
    if asked in LANGUAGES:
        return asked
    if is_api():
        best = flask.request.accept_languages.best_match(("zh", "en"), default=CHINESE)
        return best or CHINESE
    return CHINESE


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Speak `lang` outside a request, for messages written by a timer or a consumer.

    Raises ValueError for a language we do not have.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"lang: {lang!r} is not spoken here; use one of {', '.join(LANGUAGES)}")
    before = _outside.set(lang)
    try:
        yield
    finally:
        _outside.reset(before)


def _plain(message: str) -> str:
    if not flask.has_app_context():
        return message
    if language() == CHINESE:
        return _as_said_here(message)
    return web_of().english.gettext(message)


def _plural(singular: str, plural: str, number: int) -> str:
    if not flask.has_app_context():
        return singular
    if language() == CHINESE:
        return _as_said_here(singular)
    return web_of().english.ngettext(singular, plural, number)


def _as_said_here(message: str) -> str:
    for word, own in web_of().local_words.items():
        message = message.replace(word, own)
    return message


def local_words(desk: str) -> dict[str, str]:
    """What this district says for words of the texts: its own name for the all-in-one desk.

    Longer words come first, so that 社区百通岗 becomes 社区窗口 and not 社区社区窗口.
    """
    if desk in {"", DESK}:
        return {}
    return ({COMMUNITY + DESK: desk} if desk.startswith(COMMUNITY) else {}) | {DESK: desk}


def gettext(message: str, **values: Any) -> str:
    """Translate Chinese `message` into the reader's language and fill in `%(name)s`.

    Raises KeyError when a value named in the message is not given.
    """
    text = _plain(message)
    return text % values if values else text


def frame_text(message: str) -> str:
    """Translate a text of the frame: from the kit's catalogue alone, so that all services agree."""
    if language() == CHINESE:
        return _as_said_here(message)
    return _of_the_kit().gettext(message)


@cache
def _of_the_kit() -> NullTranslations:
    return read_catalogue(SHARED_CATALOGUE)


def ngettext(singular: str, plural: str, number: int, **values: Any) -> str:
    """Translate a message that counts; `%(num)s` is the number. In Chinese give it twice."""
    return _plural(singular, plural, number) % {"num": number, **values}


def install(app: flask.Flask) -> None:
    """Give the templates `_`, `gettext`, `ngettext` and `{% trans %}`."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    install_callables: Any = app.jinja_env
    install_callables.install_gettext_callables(_plain, _plural, newstyle=True)


def messages_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Find every message id in the templates and Python files below `folder`.

    Yields (place, message id). In Python, `gettext`, `ngettext`, `_`, `msgid`, and the texts of
    `Problem(...)` and `FieldError(...)` count.
    """
    keywords: dict[str, Any] = dict.fromkeys((*DEFAULT_KEYWORDS, *_KIT_KEYWORDS))
    for file in sorted([*folder.rglob("*.html"), *folder.rglob("*.txt"), *folder.rglob("*.py")]):
        with file.open("rb") as source:
            found: list[tuple[int, Any, Any, Any]] = (
                list(extract_python(source, keywords, [], {}))
                if file.suffix == ".py"
                else [*babel_extract(source, [*keywords], [], {"silent": "false"})]
            )
        for line, function, texts, _comments in found:
            several = texts if isinstance(texts, (tuple, list)) else (texts,)
            wanted = [text for text in several if text]
            if function in _KIT_KEYWORDS:
                wanted = [text for text in wanted if _CJK.search(text)]
            elif function and function.endswith("ngettext"):
                wanted = wanted[:1]
            for text in wanted:
                yield f"{file.relative_to(folder)}:{line}", text


def missing_translations(folder: Path, *catalogues: Path) -> list[str]:
    """List what below `folder` has no English in `catalogues` or in the kit's own catalogue.

    Raises FileNotFoundError when the folder or a catalogue is not there.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"folder: {folder} is not there, so nothing could be checked")
    known: set[str] = set()
    for file in (SHARED_CATALOGUE, *catalogues):
        with file.open("rb") as source:
            for entry in read_po(source, locale=ENGLISH, abort_invalid=True):
                told = entry.string if isinstance(entry.string, (tuple, list)) else (entry.string,)
                if entry.id and all(told) and not entry.fuzzy:
                    known.add(entry.id if isinstance(entry.id, str) else entry.id[0])
    return [f"{place} {text}" for place, text in messages_in(folder) if text not in known]
