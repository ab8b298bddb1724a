"""What readers see of a matter unless they said why they have to see the whole (P51).

Enough to recognise who brought it, too little to find them. Whatever leaves intake goes through
here: pages, answers, papers, and the facts that tell others only how it went.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from services.intake.case import Applicant, Case, Entry
from services.intake.refusal import Refusal
from shared.mask import mask_id, mask_name, mask_phone, mask_text


def masked(case: Case) -> Case:
    """The case with who brought it masked, in everything that was written as well."""
    notice, rating, promise = case.notice, case.rating, case.promise
    publication, refused = case.publication, case.refused
    return replace(
        case,
        applicant=masked_applicant(case.applicant),
        title=words(case, case.title),
        description=words(case, case.description),
        location=words(case, case.location),
        result=words(case, case.result),
        materials=tuple(replace(m, name=words(case, m.name)) for m in case.materials),
        notice=notice and replace(notice, missing=tuple(all_words(case, notice.missing))),
        orders=_document(case, case.orders),
        promise=promise
        and replace(
            promise,
            materials=tuple(all_words(case, promise.materials)),
            reason=words(case, promise.reason),
        ),
        publication=publication
        and replace(publication, objections=tuple(all_words(case, publication.objections))),
        refused=refused and replace(refused, reason=words(case, refused.reason)),
        rating=rating and replace(rating, comment=words(case, rating.comment)),
    )


def masked_applicant(who: Applicant) -> Applicant:
    """王**, 138****0000, 340603********0019."""
    return Applicant(mask_name(who.name), mask_phone(who.phone), mask_id(who.id_no))


def masked_entries(case: Case, entries: Iterable[Entry]) -> list[Entry]:
    """The timeline of a case, masked in what it says."""
    return [replace(entry, data=_document(case, entry.data)) for entry in entries]


def masked_refusal(refusal: Refusal) -> Refusal:
    """A refusal with who asked for the certificate masked."""
    name = refusal.applicant_name
    return replace(
        refusal,
        applicant_name=mask_name(name),
        applicant_phone=mask_phone(refusal.applicant_phone),
        title=mask_text(refusal.title, name),
        description=mask_text(refusal.description, name),
    )


def words(case: Case, text: str) -> str:
    """Free text about a case without numbers that reach people, and without the applicant's name.

    The case has to be whole: a masked one no longer knows whom to look for.
    """
    return mask_text(text, case.applicant.name) if text else text


def all_words(case: Case, texts: Iterable[str]) -> list[str]:
    """Several texts, see `words`."""
    return [words(case, text) for text in texts]


def as_kept(case: Case, names: Iterable[str]) -> list[str]:
    """Names of materials as the case has them, from who may have read them masked."""
    kept = {words(case, material.name): material.name for material in case.materials}
    return [kept.get(words(case, name.strip()), name) for name in names]


def _document(case: Case, value: Any) -> Any:
    if isinstance(value, str):
        return words(case, value)
    if isinstance(value, list):
        return [_document(case, one) for one in value]
    if isinstance(value, dict):
        return {name: _document(case, one) for name, one in value.items()}
    return value
