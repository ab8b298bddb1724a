"""A dossier as readers see it who did not say why they need the whole (P51)."""

import re
from collections.abc import Mapping
from typing import Any

from services.intake.archive.dossier import Document
from services.intake.case import Applicant
from services.intake.masked import masked_applicant
from shared.mask import mask_name, mask_phone, mask_text

_NO_WORDS = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.+-]+|[0-9a-f]{32,64}|\d{12}|[A-Z]{2,4}-[\d-]+(-[a-z]\d+)?"
)
"""Moments, digests, codes of communities, numbers of cases and orders: nothing of anybody."""


def masked_document(document: Document) -> dict[str, Any]:
    """The same document with who brought it masked, in everything that was written as well."""
    if document["what"] == "refusal":
        refusal = document["refusal"]
        name = refusal["applicant_name"]
        who = {
            "applicant_name": mask_name(name),
            "applicant_phone": mask_phone(refusal["applicant_phone"]),
        }
        return {**document, "refusal": {**_masked(refusal, name), **who}}
    case = document["case"]
    person = Applicant(**case["applicant"])
    shown = masked_applicant(person)
    said = {"name": shown.name, "phone": shown.phone, "id_no": shown.id_no}
    return {**_masked(document, person.name), "case": _case(case, person.name, said)}


def _case(case: Mapping[str, Any], name: str, applicant: Mapping[str, str]) -> dict[str, Any]:
    return {**_masked(case, name), "applicant": dict(applicant)}


def _masked(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return value if _NO_WORDS.fullmatch(value) else mask_text(value, name)
    if isinstance(value, list):
        return [_masked(one, name) for one in value]
    if isinstance(value, Mapping):
        return {key: _masked(one, name) for key, one in value.items()}
    return value
