"""Files of cases, for API and pages alike: take one in, give it out, take it away, sweep.

The bytes are written before their row: a crash between the two leaves bytes that no list shows,
which the sweep finds. They are deleted after their row: a crash leaves bytes without a key.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath

import flask
import structlog
from werkzeug.datastructures import FileStorage

from services.intake import queries
from services.intake.case import Actor
from services.intake.files import handlers, store
from services.intake.files.case_file import CaseFile
from services.intake.models import cases
from services.intake.reason import Invalid, Reason, Rejected, msgid
from shared.clock import now
from shared.green import in_thread
from shared.runtime import Runtime
from shared.uploads.files import Vault, digest, new_key, new_name, preview_of
from shared.uploads.inspect import BY_MEDIA_TYPE, MOST_BYTES
from shared.uploads.prepare import Prepared, prepare
from shared.uploads.refused import FIELD, Busy, RefusedFile
from shared.web.download import disposition

log = structlog.get_logger(__name__)

ORPHANED_AFTER = timedelta(days=1)
"""No request takes that long: bytes without a row that are older belong to none."""
LONGEST_NAME = 120
SANDBOX = "default-src 'none'; sandbox"


@dataclass(frozen=True)
class Given:
    """A file as it was sent."""

    data: bytes
    name: str
    kind: str
    material: str = ""


def vault(runtime: Runtime) -> Vault:
    """Where the bytes are."""
    return Vault(runtime.settings.uploads_dir)


def read_given(kind: str, material: str) -> Given:
    """The file of this request, no more of it than is taken.

    Raises:
        Invalid: there is none.

    """
    sent: FileStorage | None = flask.request.files.get("file")
    if sent is None or not sent.filename:
        text, remedy = msgid("没有选文件"), msgid("请选一张照片或一份 PDF")
        raise Invalid(Reason(FIELD, text, remedy))
    return Given(sent.stream.read(MOST_BYTES + 1), plain_name(sent.filename), kind, material)


def plain_name(name: str) -> str:
    """A file's name without folders and without what nothing can show."""
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(char for char in last if char.isprintable()).strip()
    path = PurePosixPath(shown if shown.strip(".") else "file")
    return path.stem[: LONGEST_NAME - len(path.suffix[:10])] + path.suffix[:10]


def add(runtime: Runtime, number: str, actor: Actor, given: Given) -> CaseFile:
    """Take a file in.

    Raises:
        Invalid: it is not taken; says why.
        Busy: too many others are sending files.
        Rejected: as `handlers.attach_file`.

    """
    with runtime.database.read() as connection:
        case = queries.get_case(connection, number)
        count = len(store.list_files(connection, case.number))
    handlers.check_attaching(case, actor, given.kind, given.material, count)
    prepared = _prepared(given)
    file = _file(case.number, actor, given, prepared)
    in_thread(_keep, vault(runtime), file, prepared)
    try:
        return runtime.database.run(
            lambda tx: handlers.attach_file(tx, file, actor), row=(cases, case.number)
        )
    except Rejected:
        _drop(vault(runtime), file)
        raise  # after anything else the row may be there all the same: the sweep knows


def remove(runtime: Runtime, number: str, file_id: str, actor: Actor) -> CaseFile:
    """Take a file away, from the disk too.

    Raises:
        Rejected: as `handlers.remove_file`.

    """
    known = queries.read_number(number)
    file = runtime.database.run(
        lambda tx: handlers.remove_file(tx, known, file_id, actor), row=(cases, known)
    )
    _drop(vault(runtime), file)
    return file


def serve(runtime: Runtime, file: CaseFile, *, preview: bool) -> flask.Response:
    """The file's bytes, so that a browser does nothing with them but show or save them.

    Raises:
        Lost: its bytes are not on the disk.

    """
    small = preview and file.is_image
    stored = preview_of(file.stored) if small else file.stored
    response = flask.Response(in_thread(vault(runtime).read, stored, file.key))
    response.content_type = file.media_type
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    how = "inline" if file.is_image else "attachment"
    response.headers["Content-Disposition"] = disposition(how, _given_back_as(file))
    return response


def sweep(runtime: Runtime) -> int:
    """Delete bytes that belong to no file; returns how many."""
    found = {
        path: path.name.removesuffix("-preview")
        for path in vault(runtime).older_than(ORPHANED_AFTER)
    }
    with runtime.database.read() as connection:
        used = store.in_use(connection, set(found.values())) if found else set()
    orphans = [path for path, stored in found.items() if stored not in used]
    for path in orphans:
        path.unlink(missing_ok=True)
    if orphans:
        log.info("uploads_swept", count=len(orphans))
    return len(orphans)


def _prepared(given: Given) -> Prepared:
    try:
        return prepare(given.data, given.name)
    except Busy:
        raise  # nothing is wrong with the file: 503, see problems.py
    except RefusedFile as refused:
        reason = Reason(refused.field, refused.reason, refused.remedy, refused.values)
        raise Invalid(reason) from refused


def _file(number: str, actor: Actor, given: Given, prepared: Prepared) -> CaseFile:
    return CaseFile(
        id=secrets.token_hex(16),
        case_number=number,
        kind=given.kind,
        material=given.material,
        media_type=prepared.kind.media_type,
        size=len(prepared.data),
        sm3=digest(prepared.data),
        name=given.name,
        stored=new_name(),
        key=new_key(),
        by_username=actor.username,
        by=actor.name,
        at=now(),
    )


def _keep(place: Vault, file: CaseFile, prepared: Prepared) -> None:
    place.keep(file.stored, prepared.data, file.key)
    if prepared.preview:
        place.keep(preview_of(file.stored), prepared.preview, file.key)


def _drop(place: Vault, file: CaseFile) -> None:
    place.drop(file.stored)
    place.drop(preview_of(file.stored))


def _given_back_as(file: CaseFile) -> str:
    """Its own name, with the suffix of what it is."""
    return PurePosixPath(file.name).stem + BY_MEDIA_TYPE[file.media_type].suffixes[0]
