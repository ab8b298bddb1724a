"""Taking a matter in: fields, numbers, limits, certificates not to be issued, the same twice."""

import pytest
import sqlalchemy as sa

from services.intake import handlers, models, queries, repeated
from services.intake.acceptance import read_id_no, read_phone
from services.intake.grids import care_handlers
from services.intake.reason import Invalid, Reason, Unknown
from shared.case_number import parse
from shared.clock import local, set_for_tests
from tests.unit.intake.grids.ground import DESK as COUNTER
from tests.unit.intake.grids.ground import cared_for, give_accounts, somebody
from tests.unit.intake.ground import (
    COMMUNITY,
    SATURDAY,
    accepted,
    allowance,
    do,
    noise,
    published,
    xiangshan,
)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("13805610000", "13805610000"),
        ("+86 138 0561 0000", "13805610000"),
        ("138-0561-0000", "13805610000"),
        ("0561-3021234", "0561-3021234"),
        ("05613021234", "0561-3021234"),
        ("(010) 6552 9988", "010-65529988"),
    ],
)
def test_chinese_phones_landlines_included(given, kept):
    assert read_phone(given) == kept


@pytest.mark.parametrize("given", ["12345", "3021234", "1380561000", "+852 2123 4567", "无", ""])
def test_what_is_no_phone_is_said_to_be_none(given):
    refused = read_phone(given)
    assert isinstance(refused, Reason)
    assert refused.field == "applicant.phone"
    assert "0561-3021234" in refused.remedy


@pytest.mark.parametrize("given", ["11010519491231002X", " 11010519491231002x "])
def test_identity_numbers_gb11643(given):
    assert read_id_no(given) == "11010519491231002X"


@pytest.mark.parametrize("given", ["110105194912310021", "11010519491331002X", "123"])
def test_a_wrong_identity_number_is_found(given):
    assert isinstance(read_id_no(given), Reason)


def test_the_receipt_number_survives_a_typing_error(runtime):
    number = accepted(runtime).number
    digit = number[-1]
    wrong = number[:-1] + ("0" if digit != "0" else "1")
    assert str(parse(number)) == number
    with runtime.database.read() as connection, pytest.raises(Invalid, match="校验码"):
        queries.get_case(connection, wrong)


def test_a_number_nobody_was_given_is_unknown(runtime):
    with runtime.database.read() as connection, pytest.raises(Unknown):
        queries.get_case(connection, "XS-261121-0042-08")


def test_numbers_are_given_once(runtime):
    numbers = [accepted(runtime).number for _ in range(100)]
    assert len(set(numbers)) == 100


def test_every_wrong_field_is_named_at_once(runtime):
    asked = noise(phone="123", id_no="1", kind="gossip", channel="fax", urgency="now", item="Z-9")
    with pytest.raises(Invalid) as refused:
        do(runtime, handlers.accept_case, asked)
    fields = {reason.field for reason in refused.value.reasons}
    assert fields == {
        "item",
        "kind",
        "channel",
        "urgency",
        "applicant.phone",
        "applicant.id_no",
    }
    assert published(runtime) == []


def test_an_unknown_community_is_named(runtime):
    with pytest.raises(Invalid, match="340603999999"):
        do(runtime, handlers.accept_case, noise(community="340603999999"))


def test_neither_item_nor_title(runtime):
    with pytest.raises(Invalid, match="没有填写事项"):
        do(runtime, handlers.accept_case, noise(title="  "))


def test_a_demand_without_a_kind_is_asked_for_it(runtime):
    with pytest.raises(Invalid) as refused:
        do(runtime, handlers.accept_case, noise(kind=""))
    assert [reason.field for reason in refused.value.reasons] == ["kind"]


def test_an_item_alone_makes_an_application_with_its_name_as_title(runtime):
    case = accepted(runtime, allowance())
    assert (case.kind, case.title) == ("application", "高龄津贴申请")
    assert [m.name for m in case.materials if m.received] == ["申请审批表", "本人身份证"]
    assert case.missing == ("户口簿", "本人银行卡或社保卡")


def test_what_was_brought_unasked_is_kept_and_not_required(runtime):
    case = accepted(runtime, allowance(materials={"老年证": True}))
    extra = next(m for m in case.materials if m.name == "老年证")
    assert (extra.required, extra.received) == (False, True)


def test_a_complaint_about_an_item_asks_for_no_materials(runtime):
    case = accepted(runtime, allowance(kind="complaint", materials=None))
    assert case.missing == ()
    assert case.limit_zh == "5 个工作日内"


def test_a50_a_demand_is_due_in_the_packs_working_days(runtime):
    with set_for_tests(SATURDAY):
        case = accepted(runtime)
    assert f"{local(case.due_at):%Y-%m-%d %H:%M:%S}" == "2026-11-27 23:59:59"


def test_a_limit_that_is_not_promised_gives_no_deadline(runtime):
    """Samples from elsewhere are shown as to be confirmed, never promised (A13)."""
    case = accepted(runtime, allowance())
    assert (case.due_at, case.limit_zh) == (None, "由区里确认后公布")
    assert published(runtime)[0].data["due_at"] is None


def test_a_national_limit_is_promised(runtime):
    with set_for_tests(SATURDAY):
        case = accepted(runtime, allowance(item="G-02"))
    assert case.limit_zh == "30 个工作日内"
    assert case.due_at == xiangshan().items["G-02"].limit.due(SATURDAY, xiangshan().calendar)


def test_minfa_2020_20_a_certificate_is_refused_in_writing_with_a_way_to_go(runtime):
    """民发〔2020〕20号: the desk refuses and says where to go."""
    asked = noise(kind="help", title="请社区开一张亲属关系证明")
    outcome = do(runtime, handlers.accept_case, asked)
    assert outcome.case is None
    refusal = outcome.refusal
    assert (refusal.name, refusal.departments) == ("亲属关系证明", ("ga",))
    assert "派出所" in refusal.redirect
    with runtime.database.read() as connection:
        assert queries.get_refusal(connection, refusal.number) == refusal
    assert published(runtime) == []


@pytest.mark.parametrize("kind", ["application", "help"])
def test_who_applies_or_asks_for_help_is_refused(runtime, kind):
    asked = noise(kind=kind, title="办事", description="单位要我的无犯罪记录证明")
    assert do(runtime, handlers.accept_case, asked).refusal is not None


@pytest.mark.parametrize("kind", ["complaint", "report", "suggestion", "question", "praise"])
def test_who_only_speaks_of_a_certificate_is_heard(runtime, kind):
    asked = noise(kind=kind, title="单位乱要亲属关系证明")
    assert do(runtime, handlers.accept_case, asked).case is not None


def test_an_item_of_the_catalogue_is_not_refused_for_papers_mentioned(runtime):
    asked = allowance(description="随带儿子开的亲属关系证明复印件")
    assert do(runtime, handlers.accept_case, asked).case is not None


def test_every_item_of_the_catalogue_can_be_applied_for(runtime):
    """No key word of a certificate catches an item that the district offers."""
    for code in xiangshan().items:
        asked = allowance(item=code, materials=None)
        assert do(runtime, handlers.accept_case, asked).case is not None, code


def test_an_officer_with_a_reason_decides(runtime):
    asked = noise(
        kind="help", title="亲属关系证明办在哪里", not_a_certificate="只是问路，不要求出具"
    )
    case = do(runtime, handlers.accept_case, asked).case
    with runtime.database.read() as connection:
        entry = queries.timeline(connection, case.number)[0]
    assert entry.data["not_a_certificate"] == "只是问路，不要求出具"


def test_the_same_request_twice_makes_one_case(runtime):
    first = do(runtime, handlers.accept_case, noise(key="k-1"))
    again = do(runtime, handlers.accept_case, noise(key="k-1"))
    assert (first.repeated, again.repeated) == (False, True)
    assert again.case == first.case
    assert len(published(runtime)) == 1


def test_the_same_key_for_another_request_is_refused(runtime):
    do(runtime, handlers.accept_case, noise(key="k-1"))
    with pytest.raises(Invalid) as refused:
        do(runtime, handlers.accept_case, noise(key="k-1", title="别的事"))
    assert refused.value.reasons[0].field == "Idempotency-Key"


def test_a_key_that_failed_may_be_used_again(runtime):
    with pytest.raises(Invalid):
        do(runtime, handlers.accept_case, noise(key="k-1", phone="1"))
    assert not do(runtime, handlers.accept_case, noise(key="k-1")).repeated


def test_a_refused_request_sent_again_is_refused_with_the_same_number(runtime):
    asked = noise(kind="help", title="开亲属关系证明", key="k-2")
    first, again = (do(runtime, handlers.accept_case, asked) for _ in range(2))
    assert again.repeated
    assert again.refusal == first.refusal


def test_two_of_the_same_in_one_group_commit_make_one_case(runtime):
    def both(tx):
        return [handlers.accept_case(tx, noise(key="k-3")) for _ in range(2)]

    one, two = do(runtime, both)
    assert one.case.number == two.case.number


def test_old_keys_are_forgotten(runtime):
    with set_for_tests(SATURDAY) as clock:
        accepted(runtime, noise(key="old"))
        clock.advance(repeated.REMEMBERED)
        accepted(runtime, noise(key="new"))
        do(runtime, repeated.forget_old)
        assert _keys(runtime) == 2
        clock.advance(repeated.REMEMBERED / 2)
        do(runtime, repeated.forget_old)
    assert _keys(runtime) == 1


TEN_WRITTEN = ["cases", "case_history", "outbox", "demands"]
"""The measured hot path: each table once for a group, however many cases it takes in. A complaint
is a demand, hence the fourth (1-05)."""


def test_a_group_of_acceptances_asks_twice_and_writes_each_table_once(runtime):
    """Asked once for all: which catalogue holds (4-14), and whether anybody here is cared for."""
    looks, writes = _statements_of_ten(runtime)
    assert [_table_read(look) for look in looks] == ["catalogue_head", "grid_care"]
    assert writes == TEN_WRITTEN


def test_an_application_is_no_demand_and_writes_three_tables(runtime):
    looks, writes = _statements_of_ten(runtime, allowance())
    assert len(looks) == 2
    assert writes == TEN_WRITTEN[:3]


@pytest.mark.parametrize("given", [{}, {"id_no": "340603194001011229"}])
def test_with_a_care_list_each_resident_is_looked_up_on_it_by_index(runtime, given):
    """1-21: one look more for each case, which does not write the group out before its end."""
    give_accounts(runtime)
    cared_for(runtime)
    looks, writes = _statements_of_ten(runtime, noise(**given))
    each = [_table_read(look) for look in looks]
    assert each == ["catalogue_head", "grid_care"] + ["grid_care"] * 10
    assert writes == TEN_WRITTEN
    with runtime.database.read() as connection:
        values = (0,) * looks[-1].count("?")
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {looks[-1]}", values).all()
    steps = [step.detail for step in plan]
    assert any("INDEX ix_grid_care_phone_index" in step for step in steps), steps
    assert not any(step.startswith("SCAN") for step in steps), steps


def test_who_came_onto_the_list_in_the_same_group_is_found(runtime):
    give_accounts(runtime)

    def three(tx):
        handlers.accept_case(tx, noise(phone="13805611111"))
        care_handlers.add(tx, COUNTER, COMMUNITY, somebody())
        return handlers.accept_case(tx, noise(phone="13805611111")).case.owner.username

    assert do(runtime, three) == "grid-2"


def _statements_of_ten(runtime, asked=None):
    """What ten acceptances in one command asked of the database, and which tables they wrote."""
    accepted(runtime)  # there are numbers ready
    said = []
    sa.event.listen(
        runtime.database.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, *_: said.append(statement),
    )
    do(runtime, lambda tx: [handlers.accept_case(tx, asked or noise()) for _ in range(10)])
    looks = [statement for statement in said if statement.startswith("SELECT")]
    return looks, [statement.split()[2] for statement in said if statement not in looks]


def _table_read(statement):
    return statement.split("FROM")[1].split()[0]


def test_community_names_come_from_the_pack(runtime):
    assert accepted(runtime).community_name == xiangshan().communities[COMMUNITY].name


def _keys(runtime):
    with runtime.database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(models.idempotency))
