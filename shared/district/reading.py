"""Reading the files of a pack so that every complaint names file, line, field and remedy.

`read_part` is what services use for files of their own in a pack (routing.yml, templates.yml ...).
A file that a pack lacks is read from its base pack; complaints about it begin with the base's name.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from marshmallow import EXCLUDE, INCLUDE, Schema, ValidationError, fields, validate

from shared.district.base import OWN, place_of
from shared.district.document import Document, PackError, Place, Problem, dotted

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it is there: faster

Check = Callable[[Document], Iterable[Problem]]


def read_part(
    pack_dir: Path,
    filename: str,
    schema_class: type[Schema],
    checks: Iterable[Check] = (),
) -> Any:
    """Read one YAML file of a pack, or of its base, and return what its schema loads.

    `checks` are called with the Document and yield what a schema cannot see, such as a code
    unknown to the district. Raises PackError with every problem of the file at once. Reads the
    file and nothing else.
    """
    document = read_yaml(pack_dir, filename)
    loaded = check_schema(document, schema_class())
    problems = [*document.problems, *(p for check in checks for p in check(document))]
    if problems:
        raise PackError(problems)
    return loaded


def read_yaml(pack_dir: Path, filename: str) -> Document:
    """Read a YAML file with its line numbers; what is wrong is kept in `problems`."""
    document, text = _open(pack_dir, filename)
    if text is None:
        return document
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            document.problems.append(document.problem((), "is empty", "a YAML mapping"))
            return document
        _note_lines(node, (), document)
        document.data = loader.construct_document(node)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark else 1
        document.problems.append(
            Problem(document.file, line, "(YAML)", str(why), "expected valid YAML")
        )
    finally:
        loader.dispose()
    return document


def read_csv(pack_dir: Path, filename: str, key: str) -> Document:
    """Read a CSV file with a header as {key: [rows]}, with its line numbers."""
    document, text = _open(pack_dir, filename)
    if text is None:
        return document
    reader = csv.DictReader(text.splitlines())
    rows: list[dict[str, Any]] = []
    for row in reader:
        index, line = len(rows), reader.line_num
        here: Place = (key, index)
        document.lines[here] = line
        extra = row.pop(None, None)
        if extra:
            document.problems.append(
                document.problem(here, "has more cells than the header", str(reader.fieldnames))
            )
        rows.append({name: cell for name, cell in row.items() if cell is not None})
        document.lines.update({(*here, name): line for name in row})
    document.data = {key: rows}
    return document


def check_schema(document: Document, schema: Schema) -> Any:
    """Load the document with `schema`; what does not fit is added to its problems.

    Returns what the schema loads, or None if anything does not fit.
    """
    if document.data is None:
        return None
    try:
        return schema.load(document.data)
    except ValidationError as error:
        for path, message in _flatten(error.messages_dict, ()):
            place = _in_file(schema, path)
            document.problems.append(_problem_of(document, schema, place, message))
    return None


def _open(pack_dir: Path, filename: str) -> tuple[Document, str | None]:
    """Return the file's document, still without data, and its text: its own, or the base's."""
    place = place_of(pack_dir, filename)
    document = Document(filename if place == pack_dir else f"{place.name}/{filename}")
    try:
        return document, (place / filename).read_text(encoding="utf-8-sig")  # Excel writes a mark
    except FileNotFoundError:
        wanted = f"this file in the pack{' itself' if filename in OWN else ''}"
        document.problems.append(document.problem((), "is missing", wanted))
    except UnicodeDecodeError:
        document.problems.append(
            document.problem((), "is not UTF-8", "UTF-8 text (in Excel: CSV UTF-8)")
        )
    return document, None


def _note_lines(node: yaml.Node, path: Place, document: Document) -> None:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            if here in document.lines:
                first = document.lines[here]
                text = f"is written twice (first in line {first})"
                again = Problem(
                    document.file, key.start_mark.line + 1, dotted(here), text, "expected one value"
                )
                document.problems.append(again)
            document.lines[here] = key.start_mark.line + 1
            _note_lines(value, here, document)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_lines(value, (*path, index), document)


def _flatten(messages: Any, path: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(messages, dict):
        for step, inner in messages.items():
            yield from _flatten(inner, path if step == "_schema" else (*path, step))
    elif isinstance(messages, list):
        for message in messages:
            yield path, str(message)
    else:
        yield path, str(messages)


def _in_file(schema: Schema, path: Place) -> Place:
    """Where in the file it is: marshmallow adds whether a mapping's key or value is wrong."""
    kept: Place = ()
    for step in path:
        within = _field_at(schema, kept[:-1]) if step in ("key", "value") else None
        if not isinstance(within, fields.Mapping):
            kept = (*kept, step)
    return kept


def _problem_of(document: Document, schema: Schema, path: Place, message: str) -> Problem:
    present, value = _value_at(document.data, path)
    wanted = _field_at(schema, path)
    if isinstance(wanted, Schema):
        known = ", ".join(sorted(name for name in _field_names(wanted)))
        if present and not isinstance(value, dict):
            return document.problem(path, f"{value!r}", f"a block with {known}")
        return document.problem(path, message, f"a block with {known}")
    if wanted is None:
        around = _field_at(schema, path[:-1])
        names = _field_names(around) if isinstance(around, Schema) else []
        return document.problem(path, "is not a known field", f"one of {', '.join(sorted(names))}")
    expected = describe(wanted)
    if not present:
        return document.problem(path, "is missing", expected)
    own = str(wanted.metadata.get("expected") or "")
    generic = not message or message in {own, expected} or _is_builtin(message)
    wrong = repr(value) if generic else f"{value!r}: {message.rstrip('.')}"
    return document.problem(path, wrong, expected)


def _is_builtin(message: str) -> bool:
    return message.startswith(("Not a valid", "Must be one of", "Field may not", "Must be equal"))


def describe(wanted: fields.Field[Any]) -> str:
    """Say in words what a marshmallow field takes; `metadata={"expected": ...}` says it better."""
    if "expected" in wanted.metadata:
        return str(wanted.metadata["expected"])
    for validator in wanted.validators:
        if isinstance(validator, validate.OneOf):
            return "one of " + ", ".join(map(str, validator.choices))
    if isinstance(wanted, fields.List):
        return f"a list of: {describe(wanted.inner)}"
    words: list[tuple[type[fields.Field[Any]], str]] = [
        (fields.Nested, "a block of fields"),
        (fields.Boolean, "true or false"),
        (fields.Integer, "a whole number"),
        (fields.Float, "a number"),
        (fields.Date, 'a day such as "2026-10-10"'),
        (fields.Mapping, "a block of fields"),
        (fields.String, "text (put it in quotes if it looks like a number)"),
    ]
    for kind, text in words:
        if isinstance(wanted, kind):
            return text + _bounds(wanted)
    return type(wanted).__name__.lower()


def _bounds(wanted: fields.Field[Any]) -> str:
    for validator in wanted.validators:
        if isinstance(validator, validate.Range):
            low, high = validator.min, validator.max
            return f" from {low} to {high}" if high is not None else f" from {low}"
        if isinstance(validator, validate.Length) and validator.min:
            return ", not empty"
    return ""


def _value_at(data: Any, path: Place) -> tuple[bool, Any]:
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return False, None
    return True, data


def _field_at(schema: Schema, path: Place) -> "Schema | fields.Field[Any] | None":
    """Follow a path through nested schemas; a Schema where it ends on an entry of a list."""
    here: Schema | fields.Field[Any] | None = schema
    for position, step in enumerate(path):
        last = position == len(path) - 1
        if isinstance(here, fields.Nested):
            here = here.schema
        if isinstance(here, fields.List):
            here = here.inner
        elif isinstance(here, Schema) and isinstance(step, int):
            pass  # an entry of Nested(many=True) has the schema of the list
        elif isinstance(here, Schema):
            here = _by_key(here, str(step))
        elif isinstance(here, fields.Mapping):
            here = here.value_field if not last else (here.value_field or here)
        else:
            return None
    if isinstance(here, fields.Nested) and path and isinstance(path[-1], int):
        return here.schema
    return here


def _by_key(schema: Schema, key: str) -> "fields.Field[Any] | None":
    for name, wanted in schema.fields.items():
        if (wanted.data_key or name) == key:
            return wanted
    return None


def _field_names(schema: Schema) -> list[str]:
    if schema.unknown in (INCLUDE, EXCLUDE):
        return [*_known(schema), "anything else"]
    return _known(schema)


def _known(schema: Schema) -> list[str]:
    return [wanted.data_key or name for name, wanted in schema.fields.items()]
