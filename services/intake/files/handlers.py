"""What happens to the files of a case; their bytes are kept before, and deleted after."""

from dataclasses import replace
from typing import Any

from services.intake import rules, store
from services.intake.case import Actor, Case
from services.intake.files import case_file
from services.intake.files import store as files_store
from services.intake.files.case_file import CaseFile
from services.intake.masked import words
from services.intake.reason import Conflict, Forbidden, allow
from shared.db import Transaction


def check_attaching(case: Case, actor: Actor, kind: str, material: str, count: int) -> None:
    """Refuse before anybody reads the file, what would be refused after.

    Raises:
        Forbidden: the case is another community's.
        Conflict: it is archived, or has as many files as it may have.
        Invalid: the kind or the material is not known.

    """
    allow(rules.own_community(actor, case.community), as_=Forbidden)
    allow(case_file.case_takes_files(case), case_file.room_for_one_more(count), as_=Conflict)
    allow(case_file.kind_known(kind), case_file.material_listed(case, kind, material))


def attach_file(tx: Transaction, file: CaseFile, actor: Actor) -> CaseFile:
    """Add a photo or a material; the actor may be RESIDENT.

    The case's version goes up with it, so that two who come at once are counted one after another.

    Raises:
        Rejected: as `check_attaching`; Unknown.

    """
    case = store.load(tx, file.case_number)
    check_attaching(case, actor, file.kind, file.material, files_store.count(tx, case.number))
    allow(case_file.photo_is_a_picture(file.kind, file.media_type))
    added = replace(file, at=tx.now, material=words(case, file.material))
    store.save(tx, case, case, who=actor.name, action="file.added", data=_said(added))
    files_store.add(tx, added)
    tx.record("file.added", case.number, file=file.id, kind=file.kind, sm3=file.sm3)
    return added


def remove_file(tx: Transaction, number: str, file_id: str, actor: Actor) -> CaseFile:
    """Take a file away, for good: its key is forgotten. The actor may be RESIDENT.

    Raises:
        Unknown: no such case or file.
        Forbidden: the case is another community's, or the file not the resident's.
        Conflict: the case is archived.

    """
    case = store.load(tx, number)
    allow(rules.own_community(actor, case.community), as_=Forbidden)
    allow(case_file.case_takes_files(case), as_=Conflict)
    file = files_store.load(tx, number, file_id)
    allow(case_file.own_file(file, actor), as_=Forbidden)
    store.save(tx, case, case, who=actor.name, action="file.removed", data=_said(file))
    files_store.forget(tx, file)
    tx.record("file.removed", number, file=file.id, sm3=file.sm3)
    return file


def forget_files(tx: Transaction, number: str) -> list[CaseFile]:
    """Erase all files of a case, when the case itself is; the sweep deletes their bytes."""
    gone = files_store.all_of(tx, number)
    for file in gone:
        files_store.forget(tx, file)
    return gone


def record_read(tx: Transaction, file: CaseFile) -> None:
    """Somebody of the staff looks at it."""
    tx.record("file.read", file.case_number, file=file.id)


def _said(file: CaseFile) -> dict[str, Any]:
    """What the timeline tells; never the sender's own name of the file."""
    if file.material:
        return {"what": file.material}
    if file.kind == case_file.PHOTO:
        return {"what": "照片", "what_en": "photo"}
    return {"what": "其他材料", "what_en": "another paper"}
