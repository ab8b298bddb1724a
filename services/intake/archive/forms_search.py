"""A page's address read by a schema, as forms are: what is wrong is said at its field."""

import flask
import marshmallow as ma

from shared.characters import unstorable
from shared.web.forms import Form
from shared.web.problem import UNSTORABLE, FieldError, field_errors


def read_query(schema: ma.Schema) -> Form:
    """The fields of the schema that the address has; where one is wrong, `data` is of none."""
    args = flask.request.args
    values = {name: args[name].strip() for name in schema.fields if args.get(name, "").strip()}
    form = Form(values, data=schema.load({}))
    wrong = {path.partition(".")[0] for path in unstorable(values)}
    if wrong:
        return form.refuse(*(FieldError(name, *UNSTORABLE) for name in sorted(wrong)))
    try:
        form.data = schema.load(values)
    except ma.ValidationError as error:
        form.refuse(*field_errors(error.messages))
    return form
