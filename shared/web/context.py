"""What one web application of Baitong carries besides Flask's own settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from gettext import NullTranslations
from typing import Any, cast

import flask

from shared import clock

KEY = "baitong"
API_PREFIXES = ("/api/", "/open311/")


@dataclass(slots=True)
class Web:
    """A service's web context; `service_context` is the service's own to fill."""

    service: str
    secret: str
    district_name: str
    secure_cookies: bool
    english: NullTranslations
    now: Callable[[], datetime] = clock.now
    session_over: Callable[[Any], bool] = lambda _session: False
    health_checks: dict[str, Callable[[], object]] = field(default_factory=dict)
    api: Any = None
    service_context: Any = None
    behind_gateway: bool = False
    district_name_en: str = ""
    """What English pages call the district; without one they show ``district_name``."""
    local_words: Mapping[str, str] = field(default_factory=dict)
    """Words of the Chinese texts -> what this district says (`i18n.local_words`)."""


def web_of(app: flask.Flask | None = None) -> Web:
    """Give the web context of `app`, or of the application that serves this request.

    Raises KeyError when the application was not made by `base_app`.
    """
    chosen = app if app is not None else flask.current_app
    return cast("Web", chosen.extensions[KEY])


def is_api() -> bool:
    """Tell whether this request is for the JSON API rather than for a page."""
    return flask.request.path.startswith(API_PREFIXES)
