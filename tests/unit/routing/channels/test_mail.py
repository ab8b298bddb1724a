"""Departments without a system: a mail with a signed link, and a form behind it."""

import re
from datetime import timedelta

import pytest

from services.routing import decisions, disputes, people
from services.routing import handlers as routing
from services.routing.channels import handlers, links, mail
from services.routing.channels.channel import Delivery, Refused
from services.routing.pressing import handlers as pressing
from shared.bus.event import new_id
from tests.unit.notify.servers import mail_house
from tests.unit.routing import ground, web
from tests.unit.routing.channels import stand
from tests.unit.routing.channels.stand import onboard, rows, send_all, states

BOX = "gonganjv@example.gov.cn"


@pytest.fixture
def house():
    with mail_house() as kept:
        yield kept


@pytest.fixture
def mailed(db, house):
    url = f"smtp://127.0.0.1:{house.port}?starttls=no"
    db.settings = stand.settings(**stand.SMTP | {"SMTP_URL": url})
    onboard(db, "ga", "mail", BOX)
    db.run(lambda tx: routing.open_order(tx, ground.transferred()))
    return db


@pytest.fixture
def token(mailed):
    return links.form_token(web.SECRET, stand.channel(mailed), ground.ORDER)


@pytest.fixture
def client(mailed, tmp_path):
    app = web.make_app(mailed, tmp_path)
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


def page(client, token):
    return client.get(f"/orders/form/{token}", headers={"Accept": "text/html"})


def answer(client, token, verb, **form: str):
    return client.post(f"/orders/form/{token}/{verb}", data=form, headers={"Accept": "text/html"})


def test_what_asks_for_something_is_mailed(mailed, house):
    send_all(mailed)
    (sent,) = house.mails
    assert sent["To"] == BOX
    assert ground.ORDER in sent["Subject"]
    assert sent["Message-ID"].strip("<>").partition("@")[0] == rows(mailed)[0].event_id
    text = sent.get_content()
    assert re.search(r"https://bt\.example\.gov\.cn/orders/form/\S+", text)
    assert states(mailed) == ["sent"]


def test_the_mail_says_nothing_of_the_resident(mailed, house):
    order = ground.order_of(mailed)
    send_all(mailed)
    text = house.mails[0].get_content() + house.mails[0]["Subject"]
    for secret in (order.applicant_name, order.applicant_phone, order.description, order.location):
        assert secret not in text


def test_what_asks_for_nothing_is_not_mailed(mailed):
    ground.reply(mailed, "signed")
    assert len(rows(mailed)) == 1


def test_a_refused_return_a_call_to_the_spot_and_a_right_telephone_are_mailed(mailed, house):
    ground.reply(mailed, "return_requested", reason="非我单位职责", legal_ground="第三条")
    ground.decide(mailed, disputes.refuse_return, note="属贵单位职责")
    ground.decide(mailed, pressing.call_on_site, note="第三次反映")
    right = {"name": "王建军", "phone": "13805610001"}
    mailed.run(lambda tx: people.correct(tx, ground.corrected(applicant=right)))
    send_all(mailed)
    subjects = [sent["Subject"] for sent in house.mails[1:]]
    assert subjects == [
        f"【百通工单】{said} {ground.ORDER}"
        for said in (
            "退单不成立：请继续办理工单",
            "请单位负责人到现场",
            "申请人信息有更正：请打开工单看新的联系方式",
        )
    ]
    text = "".join(sent.get_content() for sent in house.mails)
    assert right["name"] not in text
    assert right["phone"] not in text


@pytest.mark.parametrize("type_", sorted(mail.SUBJECTS))
def test_every_mailed_fact_has_words(type_):
    from shared.contracts import BY_TYPE  # noqa: PLC0415

    text = mail.text_of(BY_TYPE[type_].example, "https://link")
    assert "https://link" in text
    assert "公安" in text


def test_a_mail_server_that_is_away_is_tried_again(db):
    onboard(db, "ga", "mail", BOX)
    db.run(lambda tx: routing.open_order(tx, ground.transferred()))
    send_all(db)
    assert states(db) == ["failed"]
    assert BOX not in rows(db)[0].error


def test_the_link_opens_the_order_masked(mailed, client, token):
    order = ground.order_of(mailed)
    opened = page(client, token)
    text = opened.get_data(as_text=True)
    assert opened.status_code == 200
    assert order.number in text
    assert order.applicant_phone not in text
    assert "noindex" in text
    assert ("dept-ga", "order.read", order.number, "") in ground.acts(mailed)


def test_the_form_begins_with_what_can_be_done(mailed, client, token):
    """The first answer is the main one, the clocks have dates, and an empty field is left out."""
    text = page(client, token).get_data(as_text=True)
    assert re.findall(r'<details class="(answer[^"]*)">\s*<summary>(\w+)', text)[:2] == [
        ("answer answer--first", "签收"),
        ("answer", "登记与居民的联系"),
    ]
    assert "不分昼夜" in text
    assert "没有更多说明" not in text
    (sheet,) = re.findall(r'href="(/orders/static/[^"]+)"', text)
    with client.get(sheet) as sent:
        assert sent.status_code == 200, "without an account"


def test_the_whole_is_shown_for_a_reason(mailed, client, token):
    order = ground.order_of(mailed)
    shown = answer(client, token, "reveal", officer="赵警官", why="call")
    assert order.applicant_phone in shown.get_data(as_text=True)
    assert ("dept-ga", "person.revealed", order.number, "电话联系办事人") in ground.acts(mailed)
    nameless = answer(client, token, "reveal", why="call")
    assert nameless.status_code == 422
    assert order.applicant_phone not in nameless.get_data(as_text=True)


@pytest.mark.parametrize(
    ("verb", "form"),
    [
        ("signed", {}),
        ("contacted", {"note": "已电话联系"}),
        ("progressed", {"note": "已到现场"}),
        ("return_requested", {"reason": "属市容", "legal_ground": "条例第十条"}),
        ("extension_requested", {"reason": "等检测", "approved_by": "周局长"}),
        ("completed", {"result": "已约谈店主。", "reviewed_by": "周局长"}),
    ],
)
def test_the_six_answers(mailed, client, token, verb, form):
    if verb == "extension_requested":
        ground.reply(mailed, "signed")
    before = ground.order_of(mailed).version
    taken = answer(client, token, verb, officer="赵警官", reply_id=new_id(), **form)
    assert taken.status_code == 303, taken.get_data(as_text=True)
    assert ground.order_of(mailed).version > before
    assert ("dept-ga", f"order.reply.{verb}", ground.ORDER, "") in ground.acts(mailed)
    assert page(client, token).status_code == 200


def test_a_form_sent_twice_counts_once(mailed, client, token):
    form = {"officer": "赵警官", "note": "已到现场", "reply_id": "one"}
    for _ in range(2):
        assert answer(client, token, "progressed", **form).status_code == 303
    assert len(ground.said(mailed, "order.progressed")) == 1


def test_whoever_answers_is_named(mailed, client, token):
    refused = answer(client, token, "signed")
    assert refused.status_code == 422
    assert "请写经办人姓名" in refused.get_data(as_text=True)
    assert ground.order_of(mailed).state == "dispatched"


def test_a_rule_refuses_in_the_form(client, token):
    refused = answer(client, token, "progressed", officer="赵警官")
    assert refused.status_code == 422


def offered(client, token):
    """The answers that the page has a form for."""
    opened = page(client, token)
    assert opened.status_code == 200
    return set(re.findall(rf'action="/orders/form/{re.escape(token)}/(\w+)"', opened.text)) - {
        "reveal"
    }


def test_the_page_offers_what_may_be_answered(mailed, client, token):
    usual = {"signed", "contacted", "progressed", "completed"}
    assert offered(client, token) == usual | {"return_requested", "extension_requested"}
    with ground.at(hours=25):
        assert offered(client, token) == usual | {"extension_requested"}, "A50: 24 hours"
    with ground.at(days=30, seconds=-1):
        assert offered(client, token) == usual, "the deadline is over"
    ground.reply(mailed, "extension_requested", reason="等检测", approved_by="周局长")
    assert offered(client, token) == usual - {"signed"} | {"return_requested"}, "one waits"
    ground.decide(mailed, decisions.grant_extension, note="同意")
    assert offered(client, token) == usual - {"signed"} | {"return_requested"}, "once"


def test_what_may_be_answered_no_more_is_refused_in_words(mailed, client, token):
    with ground.at(hours=25):
        form = {"reason": "属市容", "legal_ground": "条例第十条", "officer": "赵警官"}
        refused = answer(client, token, "return_requested", **form)
    assert refused.status_code == 422
    assert "已过派单后 24 小时的退单时限" in refused.text


def test_no_other_verb_and_no_other_link(client, token):
    assert answer(client, token, "press", officer="赵警官", note="x").status_code == 404
    for wrong in ("nonsense", token[:-2], token + "x", "W10"):
        assert page(client, wrong).status_code == 404


def test_nobody_is_revealed_once_the_reply_is_out(mailed, client, token):
    order = ground.order_of(mailed)
    answered = answer(client, token, "completed", officer="赵", result="已办", reviewed_by="周局长")
    assert answered.status_code == 303
    shown = answer(client, token, "reveal", officer="赵警官", why="call")
    assert (shown.status_code, order.applicant_phone in shown.text) == (409, False)
    assert not [one for one in ground.acts(mailed) if one[1] == "person.revealed"]
    opened = page(client, token)
    assert (opened.status_code, "reveal" in opened.text) == (200, False)


def test_the_link_of_another_secret_opens_nothing(mailed, client):
    forged = links.form_token(
        "another secret, as long as it has to be", stand.channel(mailed), ground.ORDER
    )
    assert page(client, forged).status_code == 404


def test_it_ends_by_itself(client, token):
    with ground.at(days=30, seconds=2):
        assert page(client, token).status_code == 404
    assert timedelta(days=30) == links.LASTS


def test_it_ends_when_the_order_leaves_them(mailed, client, token):
    withdrawn = ground.withdrawn()
    mailed.run(lambda tx: routing.cancel_order(tx, withdrawn))
    gone = page(client, token)
    assert gone.status_code == 410
    assert "链接已失效" in gone.get_data(as_text=True)
    assert answer(client, token, "signed", officer="赵警官").status_code == 410


@pytest.mark.parametrize("change", ["offboard", "onboard"])
def test_it_ends_with_the_mailbox(mailed, client, token, change):
    with ground.at(seconds=2):
        if change == "offboard":
            mailed.run(lambda tx: handlers.offboard(tx, "ga"))
        else:
            onboard(mailed, "ga", "mail", "other@example.gov.cn")
        assert page(client, token).status_code == 410


def test_it_opens_no_order_of_another_department(mailed, client):
    with ground.at():
        onboard(mailed, "cg", "mail", BOX)
        theirs = links.form_token(web.SECRET, stand.channel(mailed, "cg"), ground.ORDER)
    assert page(client, theirs).status_code == 410


def test_a_name_written_into_the_mailed_form_is_no_review(mailed, client, token):
    assert "reviewed_by" not in page(client, token).get_data(as_text=True)
    given = {"result": "已约谈店主。", "reviewed_by": "周局长", "reply_id": new_id()}
    assert answer(client, token, "completed", officer="赵警官", **given).status_code == 303
    assert ground.order_of(mailed).reviewed_by == ""


def wait_by_webhook(db):
    """An order, and an answer of the supervisor that no mail carries, wait for a dead webhook."""
    onboard(db, "ga", "webhook", "http://127.0.0.1:1/")
    db.run(lambda tx: routing.open_order(tx, ground.transferred()))
    ground.reply(db, "extension_requested", reason="等检测", approved_by="周局长")
    ground.decide(db, decisions.refuse_extension, note="不同意")
    assert [row.type in mail.SUBJECTS for row in rows(db)] == [True, False]


@pytest.fixture
def by_webhook(db, house):
    url = f"smtp://127.0.0.1:{house.port}?starttls=no"
    db.settings = stand.settings(**stand.SMTP | {"SMTP_URL": url})
    wait_by_webhook(db)
    return db


def test_a_mailbox_instead_of_a_webhook_gets_only_what_asks_for_something(by_webhook, house):
    onboard(by_webhook, "ga", "mail", BOX)
    assert states(by_webhook) == ["waiting", "dropped"]
    assert rows(by_webhook)[1].body == ""
    send_all(by_webhook)
    assert states(by_webhook) == ["sent", "dropped"]
    assert len(house.mails) == 1


def test_what_mail_does_not_carry_is_not_sent_again_by_it(by_webhook, house):
    by_webhook.run(lambda tx: handlers.offboard(tx, "ga"))
    assert states(by_webhook) == ["dead", "dead"]
    onboard(by_webhook, "ga", "mail", BOX)
    assert by_webhook.run(lambda tx: handlers.resend(tx, "ga")) == 1
    send_all(by_webhook)
    first, second = rows(by_webhook)
    assert (first.state, first.kind) == ("sent", "mail")
    assert (second.state, second.body) == ("dropped", "")
    assert len(house.mails) == 1


def test_a_type_no_mail_has_words_for_is_refused_by_itself(by_webhook):
    way = mail.MailWay(by_webhook.settings)
    _, unknown = [Delivery(**row._mapping) for row in rows(by_webhook)]
    outcome = way.send(None, stand.channel(by_webhook), unknown)
    assert isinstance(outcome, Refused), "the channel goes on with the others"
