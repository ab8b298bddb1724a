"""The dossiers that hold somebody (PIPL 45): sealed copies of their cases and refusals."""

import sqlalchemy as sa

from services.intake.models import archive
from services.intake.rights.held import FoundBy, Held, Row, Whose, rows_of, told
from shared.sealing import keys_of

TABLES = (archive.dossiers,)
_DOSSIER = FoundBy(
    archive.dossiers, "applicant_phone_index", "applicant_id_index", "number", cases=("number",)
)


def held_of(connection: sa.Connection, whose: Whose) -> list[Held]:
    """Their dossiers; one whose person was forgotten holds nobody."""
    dossiers, documents = archive.dossiers, archive.documents
    where = _DOSSIER.rows(keys_of(connection.dialect), whose)
    asked = sa.select(dossiers, documents.c.sealed_at).join(
        documents, documents.c.number == dossiers.c.number
    )
    named = sa.or_(
        dossiers.c.applicant_name_index.is_not(None), dossiers.c.applicant_phone_index.is_not(None)
    )
    newest = asked.where(named).order_by(dossiers.c.place.desc())

    return [
        Held(
            "dossier",
            row["number"],
            row["sealed_at"],
            row["community"],
            told(row, "title", "edition"),
        )
        for row in rows_of(connection, newest, where, lambda row: _theirs(row, whose))
    ]


def _theirs(row: Row, whose: Whose) -> bool:
    """A dossier keeps who somebody was when it was sealed: another telephone, another name."""
    if row["number"] in whose.cases or row["applicant_id_no"] in whose.ids:
        return True
    person = {"name": row["applicant_name"], "phone": row["applicant_phone"]}
    return whose.theirs(person | {"number": row["number"]})
