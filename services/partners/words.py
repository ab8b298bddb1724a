"""Reasons of the domain in the reader's language."""

from typing import Any

from services.partners.refusal import Reason, Refused
from shared.web.i18n import gettext
from shared.web.problem import FieldError


def values_told(reason: Reason) -> dict[str, Any]:
    """The values of a reason; the name of a state is itself a word to translate."""
    return {k: gettext(v) if isinstance(v, str) else v for k, v in reason.values.items()}


def reason_told(reason: Reason) -> str:
    """A reason in words."""
    text = reason.text
    return gettext(text, **values_told(reason))


def refusal_told(error: Refused) -> str:
    """A refusal in words: why, and what to do."""
    remedy = error.remedy
    return gettext(
        "%(reason)s。%(remedy)s", reason=reason_told(error.reason), remedy=gettext(remedy)
    )


def field_error(error: Refused) -> FieldError:
    """A refusal as the web kit tells it."""
    return FieldError(error.field, error.reason.text, error.remedy, values_told(error.reason))
