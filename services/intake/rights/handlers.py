"""What happens about a resident's own data: asked for, put right, forgotten (PIPL 44 to 50)."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

from services.intake import events, rules, store
from services.intake.acceptance import read_id_no, read_phone
from services.intake.archive.store_sealed import seal_forgotten
from services.intake.case import SYSTEM, Actor, Applicant, Case
from services.intake.deliberation.store_forget import forget_with_cases
from services.intake.files.handlers import forget_files
from services.intake.grids import report_store
from services.intake.ledger import store_entries
from services.intake.reason import Conflict, Forbidden, Invalid, Reason, allow, msgid
from services.intake.refusal import Refusal
from services.intake.rights import rights
from services.intake.rights import store as rights_store
from services.intake.rights.retention import retention_of
from services.intake.rights.rights import CORRECT, ERASE, PersonRequest
from shared.case_number import make
from shared.clock import local
from shared.db import Transaction
from shared.district import District
from shared.mask import mask_id, mask_name, mask_phone

PREFIX = "QL"
"""Requests 请求 are a series of their own."""
LONGEST_NAME = 60


@dataclass(frozen=True)
class Asked:
    """A request as it was brought. `about` is the number by which the person is known."""

    kind: str
    about: str
    wish: str = ""
    channel: str = rights.IN_PERSON
    checked: str = "id_card"


def take_request(tx: Transaction, asked: Asked, actor: Actor) -> PersonRequest:
    """Put a request into the register; the actor may be RESIDENT.

    Raises:
        Unknown: there is no such case or refusal.
        Forbidden: it is another community's.
        Conflict: the same was asked for and waits for its answer, or nobody is held any more.
    """
    person = _person_of(tx, asked.about)
    allow(rules.own_community(actor, person.community), as_=Forbidden)
    already = bool(rights_store.waiting(tx, asked.kind, [asked.about]))
    allow(_somebody(person), rights.one_at_a_time(already), as_=Conflict)
    request = PersonRequest(
        number=make(PREFIX, local(tx.now).date(), tx.serial("person_request")),
        kind=asked.kind,
        about=asked.about,
        community=person.community,
        name=person.name,
        phone=person.phone,
        wish=asked.wish,
        channel=asked.channel,
        checked=asked.checked,
        taken_by=actor.username,
        taken_name=actor.name,
        taken_at=tx.now,
        due_at=tx.district.calendar.add_workdays(tx.now, retention_of(tx.district).answer_workdays),
    )
    rights_store.add_request(tx, request)
    tx.record("person.asked", request.number, kind=asked.kind, about=asked.about)
    return request


def refuse_request(tx: Transaction, number: str, actor: Actor, reason: str) -> PersonRequest:
    """Answer a request with no, and why (PIPL 50).

    Raises:
        Unknown, Conflict: as their names say.
        Forbidden: it is another community's.
        Invalid: no reason is given.
    """
    before = rights_store.load_request(tx, number)
    allow(rules.own_community(actor, before.community), as_=Forbidden)
    if not reason.strip():
        raise Invalid(Reason("reason", msgid("没有写明理由"), msgid("请写明为什么不能办")))
    after = rights.decided(before, "refuse", actor, tx.now, reason.strip())
    tx.record("person.refused", number, reason, kind=before.kind, about=before.about)
    return rights_store.save_request(tx, before, after)


def record_export(
    tx: Transaction, subject: str, reason: str, numbers: Sequence[str], actor: Actor
) -> None:
    """Everything held is about to be given out: who asks and why; requests for it are done."""
    tx.record("person.exported", subject, reason, numbers=list(numbers))
    _answer(tx, rights.EXPORT, numbers, actor)


def correct_person(
    tx: Transaction,
    numbers: Sequence[str],
    actor: Actor,
    applicant: Applicant,
    reason: str,
    *,
    without_id: bool = False,
) -> list[Case]:
    """Put name, telephone and identity number right in these cases, and tell the others.

    What is empty in `applicant` stays as it is; `without_id` takes the identity number out.

    Raises:
        Invalid: a field is wrong, nothing is given, or no case is chosen.
        Unknown: there is no such case.
        Forbidden: it is another community's.
        Conflict: its person was erased.
    """
    given = checked_applicant(applicant)
    allow(
        _some_chosen(numbers),
        rights.something_given(given, without_id=without_id),
        rights.given_or_removed(given, without_id=without_id),
    )
    complete = partial(rights.completed, given=given, without_id=without_id)
    return [_correct(tx, number, actor, complete, reason) for number in numbers]


def _correct(
    tx: Transaction,
    number: str,
    actor: Actor,
    complete: Callable[[Applicant], Applicant],
    reason: str,
) -> Case:
    before = store.load(tx, number)
    allow(rules.own_community(actor, before.community), as_=Forbidden)
    right = complete(before.applicant)
    after = rights.corrected(before, right)
    was, now = _masked(before.applicant), _masked(right)
    tx.record("person.corrected", number, reason, was=was, now=now)
    _answer(tx, CORRECT, [number], actor)
    if after == before:
        return before
    said = {"fields": _other(before.applicant, after.applicant)}
    saved = store.save(tx, before, after, who=actor.name, action="person.corrected", data=said)
    events.person_corrected(tx, saved)
    return saved


def _other(before: Applicant, after: Applicant) -> list[str]:
    """The names of what is another now; the values themselves stand in no timeline."""
    right = asdict(after)
    return [name for name, value in asdict(before).items() if value != right[name]]


def erase_person(tx: Transaction, numbers: Sequence[str], actor: Actor, reason: str) -> list[str]:
    """Forget the person in these cases and refusals, as they ask; returns the numbers.

    Raises:
        Invalid: nothing is chosen.
        Unknown: there is no such number.
        Forbidden: it is another community's.
        Conflict: with a reason for each that may not be erased; then none is.
    """
    allow(_some_chosen(numbers))
    held = {number: _hold_either(tx, number) for number in sorted(set(numbers))}
    found = [held[number] for number in numbers]
    for one in found:
        allow(rules.own_community(actor, one.community), as_=Forbidden)
    allow(*(may_be_erased(tx.district, one, tx.now) for one in found), as_=Conflict)
    _answer(tx, ERASE, numbers, actor)
    forget(tx, found, actor, rights.ON_REQUEST)
    for number in numbers:
        tx.record("person.erased", number, reason)
    return list(numbers)


def checked_applicant(given: Applicant) -> Applicant:
    """What is given of who somebody is, each field read as it is kept; empty stays empty.

    Raises:
        Invalid: naming each field that is wrong.
    """
    phone = read_phone(given.phone) if given.phone.strip() else ""
    id_no = read_id_no(given.id_no)
    wrong = [
        Reason(field, found.text, found.remedy, found.values)
        for field, found in (("phone", phone), ("id_no", id_no))
        if isinstance(found, Reason)
    ]
    allow(*wrong)
    return Applicant(given.name.strip()[:LONGEST_NAME], str(phone), str(id_no))


def forget(tx: Transaction, found: Sequence[Case | Refusal], actor: Actor, why: str) -> None:
    """Take the person out of these cases and refusals; again changes nothing."""
    present = [one for one in found if one.erased_at is None]
    numbers = [one.number for one in present]
    if not numbers:
        return
    names = {_named(one) for one in present}
    rights_store.forget_messages(tx, numbers)
    for one in present:
        if isinstance(one, Case):
            _forget_case(tx, one, actor, why)
        else:
            rights_store.save_refusal(tx, rights.refusal_forgotten(one, tx.now))
    tx.flush()  # who writes beside them holds their rows: what they wrote is seen from here on
    rights_store.forget_lines(tx, numbers)
    rights_store.forget_requests(tx, numbers)
    rights_store.forget_keys(tx, numbers)
    rights_store.forget_requested(tx, numbers)
    report_store.forget_with_cases(tx, numbers)
    forget_with_cases(tx, numbers, names)
    store_entries.forget_people(tx, numbers)
    seal_forgotten(tx, numbers, actor.name)


def _named(one: Case | Refusal) -> str:
    return one.applicant.name if isinstance(one, Case) else one.applicant_name


def _forget_case(tx: Transaction, case: Case, actor: Actor, why: str) -> None:
    after = rights.forgotten(case, _plain_title(tx, case), tx.now)
    who = "@system" if actor == SYSTEM else actor.name
    saved = store.save(tx, case, after, who=who, action="person.erased", data={})
    forget_files(tx, case.number)
    events.person_erased(tx, saved, why)


def _plain_title(tx: Transaction, case: Case) -> str:
    """What stands for a title that may tell of somebody: the item, or the kind."""
    if case.item is not None:
        return case.item.name
    known: dict[str, str] = {kind.code: kind.name for kind in tx.district.rules.kinds}
    return known.get(case.kind, case.kind)


def _answer(tx: Transaction, kind: str, numbers: Sequence[str], actor: Actor) -> None:
    for request in rights_store.waiting(tx, kind, numbers):
        after = rights.decided(request, "do", actor, tx.now, "")
        rights_store.save_request(tx, request, after)


def _hold_either(tx: Transaction, number: str) -> Case | Refusal:
    refusal = rights_store.hold_refusal(tx, number)
    return store.hold(tx, number) if refusal is None else refusal


def may_be_erased(district: District, one: Case | Refusal, now: datetime) -> Reason | None:
    """Why this case or refusal may not be erased yet, or nothing (PIPL 47)."""
    periods = retention_of(district)
    if isinstance(one, Refusal):
        return rights.refusal_may_be_erased(one, periods.refusals, now)
    return rights.may_be_erased(one, periods.cases.get(one.kind), now)


@dataclass(frozen=True)
class _Person:
    name: str
    phone: str
    community: str
    erased: bool


def _person_of(tx: Transaction, number: str) -> _Person:
    one = _hold_either(tx, number)
    erased = one.erased_at is not None
    if isinstance(one, Refusal):
        return _Person(one.applicant_name, one.applicant_phone, one.community, erased)
    return _Person(one.applicant.name, one.applicant.phone, one.community, erased)


def _somebody(person: _Person) -> Reason | None:
    if not person.erased:
        return None
    return Reason("about", msgid("这件事的办事人信息已经删除，没有可以办的了"), "")


def _some_chosen(numbers: Sequence[str]) -> Reason | None:
    if numbers:
        return None
    return Reason("cases", msgid("没有选办件"), msgid("请至少选一件"))


def _masked(person: Applicant) -> list[str]:
    return [mask_name(person.name), mask_phone(person.phone), mask_id(person.id_no)]
