"""Photos of reports: the phone names each, so that one that comes twice is one.

They are files as those of cases (`files.actions`): sealed in the vault, swept by the same
sweep; when a case comes of the report they go on with it. Bytes first, then the row.
"""

import hashlib
from dataclasses import asdict, dataclass, replace

import flask
import sqlalchemy as sa

from services.intake import rules, store
from services.intake.case import Actor
from services.intake.files.actions import plain_name, vault
from services.intake.files.case_file import PDF, PHOTO, CaseFile
from services.intake.grids import report_rules, report_store
from services.intake.grids.report import Report
from services.intake.grids.report_rules import MOST_PHOTOS
from services.intake.models import files, grid_list
from services.intake.reason import Conflict, Forbidden, Invalid, Reason, Rejected, allow, msgid
from shared.bus.inbox import insert_or_ignore
from shared.clock import now
from shared.db import Transaction
from shared.green import in_thread
from shared.runtime import Runtime
from shared.uploads.files import digest, new_key, new_name, preview_of
from shared.uploads.inspect import MOST_BYTES
from shared.uploads.prepare import Prepared, prepare
from shared.uploads.refused import FIELD, Busy, RefusedFile

TOLD = {"what": "照片", "what_en": "photo"}
"""What the case's timeline says was added."""


@dataclass(frozen=True)
class Photo:
    """A photo as it was sent. `id`: 32 hexadecimal digits the phone made, or ours."""

    id: str
    data: bytes
    name: str


@dataclass(frozen=True)
class Ready:
    """A photo that was read and written anew, ready to be kept."""

    photo: Photo
    prepared: Prepared


def of_request(named: str, ids: list[str] | None = None) -> list[Photo]:
    """The photos of this request; empty fields are none.

    Args:
        named: the report's own id: without one of its own a photo is named after it and its place,
            so that the same form sent again brings the same photos.
        ids: what the phone named them, in their order; "" where it did not.

    """
    sent = [one for one in flask.request.files.getlist("file") if one.filename]
    given = [*(ids or ()), *[""] * len(sent)]
    return [
        Photo(
            given[place] or hashlib.sha256(f"{named}/{place}".encode()).hexdigest()[:32],
            one.stream.read(MOST_BYTES + 1),
            plain_name(one.filename or ""),
        )
        for place, one in enumerate(sent)
    ]


def check(runtime: Runtime, number: str, actor: Actor) -> None:
    """Refuse before anybody reads a file who may not add one.

    Raises:
        Forbidden: the report is another community's.
        Unknown: there is none.

    """
    with runtime.database.read() as connection:
        allow(
            rules.own_community(actor, report_store.get(connection, number).community),
            as_=Forbidden,
        )


def ready(photo: Photo) -> Ready:
    """Read it, and write it anew without what is not the picture.

    Raises:
        Invalid: it is no photo, or not one we take; says why.
        Busy: too many others are sending files.

    """
    return Ready(photo, _prepared(photo))


def add(runtime: Runtime, number: str, actor: Actor, photo: Photo) -> CaseFile:
    """Take a photo in; the same id again gives the same one, unread.

    Raises:
        Rejected: as `ready` and `keep`.

    """
    known = _known(runtime, number, actor, photo.id)
    return known or keep(runtime, number, actor, ready(photo))


def keep(runtime: Runtime, number: str, actor: Actor, given: Ready) -> CaseFile:
    """Keep a photo with its report, once for each id.

    Raises:
        Conflict: the report has as many as it may have, its person was forgotten, or the id is
            another's.
        Forbidden, Unknown: as their names say.

    """
    known = _known(runtime, number, actor, given.photo.id)
    if known is not None:
        return known
    file = _file(number, actor, given)
    in_thread(_keep, runtime, file, given.prepared)
    try:
        kept = runtime.database.run(
            lambda tx: _attach(tx, file, number, actor), row=(grid_list.reports, number)
        )
    except Rejected:
        _drop(runtime, file)
        raise  # after anything else the row may be there all the same: the sweep knows
    if kept.stored != file.stored:
        _drop(runtime, file)
    return kept


def _known(runtime: Runtime, number: str, actor: Actor, photo_id: str) -> CaseFile | None:
    with runtime.database.read() as connection:
        report = report_store.get(connection, number)
        allow(rules.own_community(actor, report.community), as_=Forbidden)
        own = sa.select(files).where(files.c.id == photo_id)
        row = connection.execute(own).mappings().first()
    return None if row is None else _same(CaseFile(**row), report)


def _attach(tx: Transaction, file: CaseFile, number: str, actor: Actor) -> CaseFile:
    report = report_store.load(tx, number)
    allow(report_rules.still_kept(report), as_=Conflict)
    file = replace(file, case_number=report.case_number or number, at=tx.now)
    taken = insert_or_ignore(tx, files).values(asdict(file)).returning(files.c.id)
    if tx.execute(taken).scalar_one_or_none() is None:
        earlier = tx.execute(sa.select(files).where(files.c.id == file.id)).mappings().one()
        return _same(CaseFile(**earlier), report)
    allow(_room(report_store.photos_taken(tx, number)), as_=Conflict)
    after = report_store.save(tx, report, report)
    report_store.tell(tx, after, actor.name, "photo")
    if report.case_number:
        _tell_case(tx, report.case_number, actor)
    tx.record("report.photo", number, file=file.id, sm3=file.sm3)
    return file


def _tell_case(tx: Transaction, number: str, actor: Actor) -> None:
    """It came after the case did: a line of the case's, which is archived anew with it."""
    case = store.load(tx, number)
    store.save(tx, case, case, who=actor.name, action="file.added", data=TOLD)


def _same(file: CaseFile, report: Report) -> CaseFile:
    if file.case_number in (report.number, report.case_number):
        return file
    text, remedy = msgid("这张照片的编号已用在别处"), msgid("请重新拍一张")
    raise Conflict(Reason(FIELD, text, remedy))


def _room(count: int) -> Reason | None:
    if count < MOST_PHOTOS:
        return None
    text, remedy = msgid("一次最多 %(most)s 张照片"), msgid("请留下最能说明问题的几张")
    return Reason(FIELD, text, remedy, {"most": MOST_PHOTOS})


def _prepared(photo: Photo) -> Prepared:
    try:
        prepared = prepare(photo.data, photo.name)
    except Busy:
        raise  # nothing is wrong with the photo: 503, see problems.py
    except RefusedFile as refused:
        reason = Reason(refused.field, refused.reason, refused.remedy, refused.values)
        raise Invalid(reason) from refused
    if prepared.kind.media_type == PDF:
        raise Invalid(Reason(FIELD, msgid("PDF 不是照片"), msgid("请拍一张或选一张照片")))
    return prepared


def _file(number: str, actor: Actor, given: Ready) -> CaseFile:
    photo, prepared = given.photo, given.prepared
    return CaseFile(
        id=photo.id,
        case_number=number,
        kind=PHOTO,
        material="",
        media_type=prepared.kind.media_type,
        size=len(prepared.data),
        sm3=digest(prepared.data),
        name=photo.name,
        stored=new_name(),
        key=new_key(),
        by_username=actor.username,
        by=actor.name,
        at=now(),
    )


def _keep(runtime: Runtime, file: CaseFile, prepared: Prepared) -> None:
    place = vault(runtime)
    place.keep(file.stored, prepared.data, file.key)
    if prepared.preview:
        place.keep(preview_of(file.stored), prepared.preview, file.key)


def _drop(runtime: Runtime, file: CaseFile) -> None:
    place = vault(runtime)
    place.drop(file.stored)
    place.drop(preview_of(file.stored))
