"""Page forms: the same marshmallow schemas as the API, with what was typed kept for the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import flask
import marshmallow as ma

from shared.characters import storable, unstorable
from shared.web.i18n import gettext
from shared.web.problem import UNSTORABLE, FieldError, Problem, field_errors, unstorable_text

_OWN = frozenset({"csrf_token"})


@dataclass(slots=True)
class Form:
    """What stands in a form's fields, what is wrong with it, and the loaded data when all is well.

    Templates hand it to the field macros, which find each field's value and error by name.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    data: Any = None

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.errors

    def value(self, name: str, default: Any = "") -> Any:
        """Give what stands in field `name`."""
        found = self.values.get(name, default)
        return default if found is None else found

    def chosen(self, name: str) -> list[str]:
        """Give every choice ticked under `name`."""
        found = self.values.get(name, [])
        return [str(one) for one in (found if isinstance(found, (list, tuple, set)) else [found])]

    def error(self, name: str) -> str:
        """Give what is wrong with field `name`, or nothing."""
        return self.errors.get(name, "")

    def refuse(self, *errors: FieldError) -> "Form":
        """Add what is wrong, in the reader's language; the first word on a field stands."""
        for error in errors:
            told = error.told()
            text = gettext("%(reason)s。%(remedy)s", **told) if told["remedy"] else told["reason"]
            self.errors.setdefault(error.field, text)
        return self

    def refuse_problem(self, problem: Problem) -> "Form":
        """Show a problem raised below the page in the form instead of as an error page."""
        if problem.errors:
            return self.refuse(*problem.errors)
        self.errors.setdefault("", gettext(problem.title, **problem.values))
        return self


def typed(name: str) -> list[str]:
    """Give what stands in field `name` of this request's form, for forms without a schema.

    Raises Problem 422 for text that cannot be kept.
    """
    given = flask.request.form.getlist(name)
    if not all(map(storable, given)):
        raise unstorable_text(name)
    return [text.strip() for text in given]


def page_asked() -> int:
    """Which page of a list the address asks for; the first where it asks for none there can be."""
    text = flask.request.args.get("page", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < len("1000000") else 1


def read_form(schema: ma.Schema) -> Form:
    """Read this request's form fields by `schema`: empty fields count as not given.

    Fields the schema calls lists take every value; everything else takes the last one. Never
    raises for what people typed: look at `form.ok`, then use `form.data`.
    """
    values: dict[str, Any] = {}
    for name, given in flask.request.form.lists():
        if name in _OWN:
            continue
        known = schema.fields.get(name)
        kept = [text.strip() for text in given]
        values[name] = kept if isinstance(known, ma.fields.List) else kept[-1]
    form = Form(values)
    wrong = {path.partition(".")[0] for path in unstorable(values)}
    if wrong:
        values.update(dict.fromkeys(wrong & values.keys(), ""))
        return form.refuse(*(FieldError(name, *UNSTORABLE) for name in sorted(wrong)))
    filled = {name: value for name, value in values.items() if value not in ("", [])}
    try:
        form.data = schema.load(filled)
    except ma.ValidationError as error:
        form.refuse(*field_errors(error.messages))
    return form
