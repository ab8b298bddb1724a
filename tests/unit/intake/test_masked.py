"""Who brought a matter: sealed in the file, masked in facts and titles, told only to who begins."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.intake import facts, handlers, models, queries, timers
from services.intake.masked import as_kept, masked, masked_entries
from services.intake.models import cases, history, refusals
from services.intake.queries import Filter
from services.intake.staff import accounts
from services.intake.ways import handlers as ways_handlers
from shared.clock import set_for_tests
from shared.contracts import intake, intake_slots, routing
from shared.permissions import User
from tests.support.keys import KEYS
from tests.unit.intake.ground import (
    COMMUNITY,
    DESK,
    PHONE,
    PUBLISHED,
    accepted,
    allowance,
    do,
    event_of,
    noise,
    published,
    stored,
)

NAME = "王建国"
ID_NO = "11010519491231002X"
SAID = f"{NAME}，电话 {PHONE}，身份证 {ID_NO}"
HIDDEN = "王**，电话 138****0000，身份证 110105********002X"
TELL_WHO = {"case.accepted", "case.transferred", "case.need_raised"}
ELSEWHERE_TOLD = {
    "account.sessions_ended",
    "case.person_corrected",
    "case.person_erased",
    *(contract.name for contract in intake_slots.CONTRACTS),
}
"""Facts of accounts, and of people's rights: test_people looks at them."""
KNOWN = (NAME, PHONE, ID_NO)


def everything(runtime):
    """A matter with everything that can happen to one, in words that name who brought it."""
    asked = allowance(applicant_name=NAME, id_no=ID_NO, description=SAID, location=SAID)
    number = accepted(runtime, asked).number
    do(runtime, handlers.give_notice, number, DESK, [f"{NAME}的近期照片"])
    missing = stored(runtime, number).missing
    do(runtime, handlers.take_materials, number, DESK, missing)
    do(runtime, handlers.move_to_back_office, number, DESK, SAID)
    do(runtime, handlers.raise_need, number, DESK, "repair", SAID)
    sent = do(runtime, handlers.transfer_case, number, DESK, "mz", SAID)
    named = {"number": f"{number}-1", "case_number": number}
    for version, (contract, more) in enumerate(
        ((routing.dispatched, {}), (routing.completed, {"result": SAID})), start=1
    ):
        told = event_of(contract, version, sent.transferred_at, **named, **more)
        do(runtime, facts.order_told, told)
    do(runtime, handlers.rate_case, number, DESK, "5", SAID)
    do(runtime, handlers.reopen_case, number, DESK, SAID)
    do(runtime, handlers.resolve_case, number, DESK, SAID)
    do(runtime, handlers.close_case, number, DESK, SAID)
    gone = accepted(runtime, noise(title=f"{NAME}（{PHONE}）家楼下噪声"))
    do(runtime, handlers.withdraw_case, gone.number, DESK, SAID)
    ways(runtime)
    return number


def ways(runtime):
    """Applications that are promised for, published, handed over, refused."""
    do(runtime, accounts.add, User("backoffice", "李国强", "back_office", COMMUNITY), "-")
    here = {"申请审批表": True, "本人身份证": True, "户口簿": True}
    one = accepted(runtime, allowance(applicant_name=NAME, materials=here)).number
    do(runtime, ways_handlers.give_promise, one, DESK, ["本人银行卡或社保卡"], SAID)
    do(runtime, ways_handlers.hand_over_case, one, DESK, "backoffice", SAID)
    shown = accepted(runtime, allowance(applicant_name=NAME, item=PUBLISHED, materials=None)).number
    until = do(runtime, ways_handlers.publish_case, shown, DESK).publication_until
    do(runtime, ways_handlers.record_objection, shown, DESK, SAID)
    with set_for_tests(until + timedelta(seconds=1)):
        timers.end_publications(runtime)
    do(runtime, ways_handlers.refuse_case, shown, DESK, SAID)


def test_every_fact_but_those_others_begin_on_is_masked(runtime):
    everything(runtime)
    told = published(runtime)
    assert {event.contract.name for event in told} | ELSEWHERE_TOLD == {
        contract.name for contract in intake.CONTRACTS
    }
    for event in told:
        who = event.data["applicant"]
        if event.contract.name in TELL_WHO:
            assert (who["name"], who["phone"]) == (NAME, PHONE)
        else:
            assert who == {"name": "王**", "phone": "138****0000", "masked": True}
            assert not [known for known in KNOWN if known in str(event.data)], event.contract
        assert NAME not in event.data["title"]


def test_the_result_goes_to_the_resident_in_its_words(runtime):
    everything(runtime)
    results = [e.data["result"] for e in published(runtime) if e.contract == intake.resolved]
    assert results == [HIDDEN, HIDDEN]


def test_nothing_readable_of_a_person_lies_in_the_file(runtime, tmp_path):
    number = everything(runtime)
    do(runtime, handlers.accept_case, noise(title="未婚证明", kind="application", key="once"))
    runtime.database.engine.dispose()
    lying = b"".join(path.read_bytes() for path in tmp_path.rglob("*.sqlite*"))
    assert number.encode() in lying, "numbers stay plain"
    for known in KNOWN:
        assert known.encode() not in lying


def test_the_whole_is_kept_and_found_by_exact_words(runtime):
    number = everything(runtime)
    case = stored(runtime, number)
    assert (case.applicant.name, case.description, case.result) == (NAME, SAID, SAID)
    with runtime.database.read() as connection:
        for text in (ID_NO, ID_NO.lower(), f"{ID_NO[:6]} {ID_NO[6:]}"):
            assert queries.list_cases(connection, Filter(text=text)).items == (case,)
        for text in (NAME, PHONE, "138-0561-0000"):
            assert queries.list_cases(connection, Filter(text=text)).total == 4
        for text in ("王建", "1380561", ID_NO[:17], "13905610001"):
            assert queries.list_cases(connection, Filter(text=text)).total == 0


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        (f"{NAME}反映噪声", "王**反映噪声"),
        (f"噪声扰民，{PHONE}", "噪声扰民，138****0000"),
        (f"为{ID_NO}办理", "为110105********002X办理"),
        ("楼下噪声", "楼下噪声"),
    ],
)
def test_a_title_names_nobody(runtime, title, kept):
    assert accepted(runtime, noise(title=title)).title == kept
    assert published(runtime)[0].data["title"] == kept


def test_a_title_of_a_refusal_names_nobody(runtime):
    asked = noise(title=f"{NAME}要开未婚证明", kind="application")
    refusal = do(runtime, handlers.accept_case, asked).refusal
    assert refusal is not None
    assert refusal.title == "王**要开未婚证明"


def test_a_masked_case_says_nothing_and_keeps_the_rest(runtime):
    case = stored(runtime, everything(runtime))
    shown = masked(case)
    assert not [known for known in KNOWN if known in str(shown)]
    assert (shown.number, shown.state, shown.version) == (case.number, case.state, case.version)
    assert shown.description == HIDDEN
    with runtime.database.read() as connection:
        told = queries.timeline(connection, case.number)
    assert any(NAME in str(entry.data) for entry in told)
    assert not [known for known in KNOWN if known in str(masked_entries(case, told))]


def test_materials_are_known_however_they_were_read(runtime):
    case = accepted(runtime, allowance(applicant_name=NAME))
    asked = f"{NAME}的近期照片"
    case = do(runtime, handlers.give_notice, case.number, DESK, [asked])
    assert "王**的近期照片" in case.missing
    assert as_kept(case, [asked]) == ["王**的近期照片"]
    after = do(runtime, handlers.take_materials, case.number, DESK, [asked])
    assert "王**的近期照片" not in after.missing


def test_what_did_not_change_is_not_sealed_again(runtime):
    number = accepted(runtime, noise(description=SAID)).number
    before = raw(runtime, number)
    do(runtime, handlers.transfer_case, number, DESK)
    after = raw(runtime, number)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"version", "state", "handler", "transfers", "transferred_at"}


def raw(runtime, number):
    """The row as it lies in the file."""
    with runtime.database.read() as connection:
        query = "SELECT * FROM cases WHERE number = ?"
        return dict(connection.exec_driver_sql(query, (number,)).mappings().one())


def test_every_column_that_may_name_people_is_sealed():
    plain = {
        (table.name, column.name)
        for table in (cases, history, refusals)
        for column in table.columns
        if isinstance(column.type, sa.Text | sa.JSON)
    }
    assert plain == {
        ("cases", "item"),  # of the catalogue
        ("cases", "handler"),  # a kind, a code, a member of staff
        ("refusals", "redirect"),  # of the pack
        ("refusals", "departments"),
    }


def test_a_request_is_remembered_by_what_nobody_can_guess_from(runtime):
    do(runtime, handlers.accept_case, noise(key="k-1"))
    with runtime.database.read() as connection:
        (digest,) = connection.execute(sa.select(models.idempotency.c.digest)).scalars()
    assert len(digest) == 2 * 16
    first = KEYS.first.digest("idempotency.digest", "")
    assert digest != first.hex()
    assert do(runtime, handlers.accept_case, noise(key="k-1")).repeated
