"""The JSON API of a case's photos and materials."""

from typing import Any, cast

import flask
from marshmallow import Schema, fields, validate

from services.intake import queries, rules
from services.intake.api import actor_of
from services.intake.case import Actor
from services.intake.files import actions, store
from services.intake.files.actions import Given
from services.intake.files.case_file import KINDS, MOST_FILES, PHOTO, CaseFile
from services.intake.files.present import staff_link
from services.intake.masked import words
from services.intake.reason import Forbidden, allow
from shared.mask import mask_text
from shared.runtime import Runtime
from shared.web.auth import requires, signed_in
from shared.web.blueprint import ApiBlueprint, file_body
from shared.web.context import web_of

api = ApiBlueprint(
    "intake_files", __name__, url_prefix="/api/intake", description="Photos and materials of cases"
)


class FileForm(Schema):
    """What is said beside the file."""

    kind = fields.String(load_default=PHOTO, validate=validate.OneOf(KINDS))
    material = fields.String(load_default="", validate=validate.Length(max=200))


class FileOut(Schema):
    """One file. `url` and `preview_url` open for the one who asked, for ten minutes."""

    id = fields.String()
    kind = fields.String(validate=validate.OneOf(KINDS))
    material = fields.String(metadata={"description": "Which of the case's materials, if one"})
    media_type = fields.String(metadata={"example": "image/jpeg"})
    size = fields.Integer(metadata={"description": "Bytes, as kept"})
    sm3 = fields.String(metadata={"description": "Digest of the bytes, as kept"})
    name = fields.String(metadata={"description": "What the sender called it"})
    by = fields.String(metadata={"description": "Who added it; @resident for the applicant"})
    at = fields.AwareDateTime()
    url = fields.String(metadata={"description": "Signed; needs the same person's sign-in"})
    preview_url = fields.String(allow_none=True, metadata={"description": "Images only"})


class FileList(Schema):
    """The files of a case, oldest first, in one page."""

    items = fields.List(fields.Nested(FileOut))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


_WHY = {
    404: "No such case or file",
    409: "The case is archived, or has as many files as it may have",
    413: "The body is too large",
    422: "The number is no case number, or the file is not taken; says why",
}


_MATERIAL = "A name from the case's list of materials; or empty"
_SENT = file_body(
    "JPEG, PNG, WebP or PDF, at most 10 MB",
    kind={"type": "string", "enum": list(KINDS), "default": PHOTO},
    material={"type": "string", "maxLength": 200, "description": _MATERIAL},
)


@api.route("/cases/<number>/files", methods=["POST"])
@requires("file.add")
@api.response(201, FileOut)
@api.refuses(_WHY, 404, 409, 413, 422)
@api.doc(requestBody=_SENT)  # type: ignore[untyped-decorator]
def attach(number: str) -> flask.Response:
    """Add a photo or a material. Images are written anew, without EXIF and position."""
    said = FileForm().load(flask.request.form.to_dict())
    given: Given = actions.read_given(said["kind"], said["material"])
    file = actions.add(_runtime(), number, _actor(), given)
    response = flask.jsonify(_file_json(file, mask_text(file.name)))
    response.status_code = 201
    return response


@api.route("/cases/<number>/files")
@requires("file.read")
@api.response(200, FileList)
@api.refuses(_WHY, 404, 422)
def list_files(number: str) -> flask.Response:
    """The case's files, with links that end."""
    with _runtime().database.read() as connection:
        case = queries.get_case(connection, number)
        allow(rules.own_community(_actor(), case.community), as_=Forbidden)
        found = store.list_files(connection, case.number)
    return flask.jsonify(
        items=[_file_json(file, words(case, file.name)) for file in found],
        page=1,
        page_size=MOST_FILES,
        total=len(found),
    )


@api.route("/cases/<number>/files/<file_id>", methods=["DELETE"])
@requires("file.remove")
@api.response(204)
@api.refuses(_WHY, 404, 409, 422)
def remove(number: str, file_id: str) -> None:
    """Take a file away, for good."""
    actions.remove(_runtime(), number, file_id, _actor())


def _file_json(file: CaseFile, name: str) -> dict[str, Any]:
    link = staff_link(file, signed_in())
    return {
        "id": file.id,
        "kind": file.kind,
        "material": file.material,
        "media_type": file.media_type,
        "size": file.size,
        "sm3": file.sm3,
        "name": name,
        "by": file.by,
        "at": file.at.isoformat(),
        "url": link,
        "preview_url": f"{link}?preview=1" if file.is_image else None,
    }


def _actor() -> Actor:
    return actor_of(signed_in())


def _runtime() -> Runtime:
    return cast("Runtime", web_of().service_context)
