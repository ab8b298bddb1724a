from dataclasses import replace

import pytest

from services.notify.channels import PermanentFailure, TemporaryFailure
from services.notify.channels import http as calls
from services.notify.channels.setup import gateway_of, names_set_up, set_up
from services.notify.channels.sms import SmsChannel, at_path, sign
from services.notify.channels.wecom import TEXT_BYTES, WeComChannel
from shared.config import BadSetting
from shared.mail import server_of
from tests.support.ports import free_port
from tests.unit.notify.servers import Answer, gateway
from tests.unit.notify.stand import DEPLOYED, a_message

SENT = Answer({"code": 0, "data": {"id": "sms-9"}})
SMS = {
    "SMS_GATEWAY_BODY": '{"to": ["{phone}"], "msg": "{text}", "tpl": "{code}", "id": "{id}", '
    '"params": "{params}", "n": 1}',
    "SMS_GATEWAY_SUCCESS": "code=0",
    "SMS_GATEWAY_RECEIPT": "data.id",
    "SMS_GATEWAY_RETRY_CODES": "limit,busy",
}


@pytest.fixture
def house():
    with gateway() as server:
        yield server


def sms(house, **changes: str) -> SmsChannel:
    variables = SMS | {"SMS_GATEWAY_URL": f"{house.url}/send"} | changes
    return SmsChannel(gateway_of(variables, {"receipt": "SMS_001"}))


def robot(house) -> WeComChannel:
    return WeComChannel(f"{house.url}/cgi-bin/webhook/send?key=secret-key")


def test_an_sms_is_handed_over_as_the_body_says(house) -> None:
    house.answers = [SENT]
    message = a_message(body='他说"好"\n{phone}')
    assert sms(house).send(message) == "sms-9"
    assert house.bodies() == [
        {
            "to": ["13805610000"],
            "msg": '他说"好"\n{phone}',  # what a resident wrote is not filled in again
            "tpl": "SMS_001",
            "id": "m-1",
            "params": {"number": "XS-261121-00042-7"},
            "n": 1,
        }
    ]


def test_a_signed_body_can_be_checked(house, at_work) -> None:
    house.answers = [SENT]
    sms(house, SMS_GATEWAY_SECRET="k", SMS_GATEWAY_SIGNATURE_HEADER="X-Sign").send(a_message())
    (_, _, headers, body) = house.asked[0]
    assert headers["X-Sign"] == sign("k", headers["X-Timestamp"], body.decode())
    assert headers["X-Timestamp"] == "1795399200"


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_form_and_a_query(house, method) -> None:
    house.answers = [SENT]
    body = "mobile={phone}&content={text}&x="
    form = {"SMS_GATEWAY_FORMAT": "form", "SMS_GATEWAY_METHOD": method, "SMS_GATEWAY_BODY": body}
    sms(house, **form).send(a_message(body="a&b=好"))
    (asked, path, _, sent) = house.asked[0]
    told = sent.decode() if method == "POST" else path.partition("?")[2]
    assert asked == method
    assert told == "mobile=13805610000&content=a%26b%3D%E5%A5%BD&x="


@pytest.mark.parametrize(
    ("answer", "failure", "said"),
    [
        (Answer({"code": "bad-number"}), PermanentFailure, "bad-number"),
        (Answer({"code": "busy"}), TemporaryFailure, "busy"),
        (Answer({"result": "?"}), TemporaryFailure, "has no code"),
        (Answer([1, 2]), TemporaryFailure, "has no code"),
        (Answer("<html>sorry"), TemporaryFailure, "not JSON: <html>sorry"),
        (Answer("no such number", status=400), PermanentFailure, "answered 400: no such number"),
        (Answer("", status=404), PermanentFailure, "answered 404"),
        (Answer("", status=401), TemporaryFailure, "answered 401"),
        (Answer("", status=500), TemporaryFailure, "answered 500"),
        (Answer("", status=302, headers={"Location": "/"}), TemporaryFailure, "answered 302"),
    ],
)
def test_what_the_gateway_answers_decides(house, answer, failure, said) -> None:
    house.answers = [answer]
    with pytest.raises(failure, match=said):
        sms(house).send(a_message())


def test_a_gateway_that_asks_to_wait_is_waited_for(house) -> None:
    house.answers = [Answer("", status=429, headers={"Retry-After": "75"})]
    with pytest.raises(TemporaryFailure) as refused:
        sms(house).send(a_message())
    assert refused.value.wait == 75


def test_an_answer_without_end_is_not_read_to_its_end(house) -> None:
    house.answers = [replace(SENT, padding=64 * 1024 * 1024)]
    with pytest.raises(TemporaryFailure, match=r"answered more than 65536 bytes: \{\"code\": 0"):
        sms(house).send(a_message())
    assert house.left.wait(10)


def test_a_refusal_as_long_as_a_book_is_a_refusal(house) -> None:
    house.answers = [replace(SENT, status=400, padding=64 * 1024 * 1024)]
    with pytest.raises(PermanentFailure, match="answered 400"):
        sms(house).send(a_message())
    assert house.left.wait(10)


def test_a_gateway_may_write_gbk(house) -> None:
    kind = {"Content-Type": "application/json; charset=gbk"}
    house.answers = [Answer('{"code": 0, "data": {"id": "短信九"}}'.encode("gbk"), headers=kind)]
    assert sms(house).send(a_message()) == "短信九"


def test_silence_is_given_up_and_then_it_works(house, monkeypatch) -> None:
    monkeypatch.setattr(calls, "TIMEOUT", 0.2)
    house.answers = [Answer(silent=True), SENT]
    with pytest.raises(TemporaryFailure, match="no answer within"):
        sms(house).send(a_message())
    assert sms(house).send(a_message()) == "sms-9"


def test_nobody_there_is_said_without_the_address() -> None:
    channel = WeComChannel(f"http://127.0.0.1:{free_port()}/send?key=secret-key")
    with pytest.raises(TemporaryFailure, match=r"127\.0\.0\.1: ConnectionError") as refused:
        channel.send(a_message())
    assert "secret" not in str(refused.value)


def test_the_robot_posts_and_mentions(house) -> None:
    house.answers = [Answer({"errcode": 0, "errmsg": "ok"})]
    assert robot(house).send(a_message()) == "errcode 0"
    assert house.bodies() == [
        {
            "msgtype": "text",
            "text": {
                "content": "您好，您的事项已受理。",
                "mentioned_mobile_list": ["13805610000"],
            },
        }
    ]


def test_a_long_text_is_cut_to_what_the_robot_takes(house) -> None:
    house.answers = [Answer({"errcode": 0})]
    message = a_message(body="a" + "汉" * 3000)
    robot(house).send(replace(message, recipient=replace(message.recipient, phone="")))
    text = house.bodies()[0]["text"]
    assert len(text["content"].encode()) <= TEXT_BYTES
    assert text["content"].endswith("汉…")
    assert "mentioned_mobile_list" not in text


@pytest.mark.parametrize(
    ("answer", "failure", "wait"),
    [
        (Answer({"errcode": 93000, "errmsg": "invalid webhook url"}), PermanentFailure, None),
        (Answer({"errcode": 45009, "errmsg": "freq out of limit"}), TemporaryFailure, 60),
        (Answer({"errcode": -1}), TemporaryFailure, 60),
        (Answer({"ok": True}), TemporaryFailure, 0),
        (Answer([]), TemporaryFailure, 0),
        (Answer("", status=502), TemporaryFailure, 0),
    ],
)
def test_what_the_robot_answers_decides(house, answer, failure, wait) -> None:
    house.answers = [answer]
    with pytest.raises(failure) as refused:
        robot(house).send(a_message())
    assert getattr(refused.value, "wait", None) == wait


def test_the_robot_takes_twenty_a_minute() -> None:
    assert (WeComChannel.pace.count, WeComChannel.pace.seconds) == (20, 60)


def test_paths_into_answers() -> None:
    answer = {"data": [{"id": 7}]}
    assert at_path(answer, "data.0.id") == 7
    assert at_path(answer, "data.3.id") is None
    assert at_path(answer, "data.x.id") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMS_GATEWAY_BODY", ""),
        ("SMS_GATEWAY_BODY", '{"mobile": "{phone}"}'),
        ("SMS_GATEWAY_BODY", '{"mobile": "{phone}", "text": "{text}"'),
        ("SMS_GATEWAY_BODY", '["{phone}", "{text}"]'),
        ("SMS_GATEWAY_SUCCESS", "code"),
        ("SMS_GATEWAY_METHOD", "SEND"),
        ("SMS_GATEWAY_FORMAT", "xml"),
        ("SMS_GATEWAY_URL", "gateway.example.cn"),
        ("SMS_GATEWAY_HEADERS", "Authorization: x"),
        ("WECOM_WEBHOOK_URL", "ftp://x"),
        ("SMTP_URL", "mail.example.cn"),
        ("SMTP_URL", "smtp://mail.example.cn:port"),
        ("SMTP_FROM", "nobody"),
    ],
)
def test_a_wrong_variable_stops_the_start_and_is_named(deployed, name: str, value: str) -> None:
    wrong = replace(deployed.settings, channels=DEPLOYED | {name: value})
    with pytest.raises(BadSetting, match=f"^{name}: ") as refused:
        set_up(wrong, {})
    assert "127.0.0.1:9" not in str(refused.value)


def test_what_is_not_set_up_is_not_there(deployed) -> None:
    none = replace(deployed.settings, channels={})
    assert names_set_up(none) == tuple(set_up(none, {})) == ("inbox",)
    assert set(names_set_up(deployed.settings)) == {"sms", "wecom", "smtp", "inbox"}


def test_the_embedded_run_sends_nothing_out_of_the_house(embedded) -> None:
    asked = replace(embedded.settings, channels=DEPLOYED)
    assert tuple(set_up(asked, {})) == ("inbox",)


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [
        ("smtp://mail.example.cn", 587, "starttls"),
        ("smtps://mail.example.cn", 465, "tls"),
        ("smtps://mail.example.cn?starttls=no", 465, "tls"),  # it has no STARTTLS to leave out
        ("smtp://mail.example.cn:25?starttls=no", 25, "plain"),
    ],
)
def test_a_mail_servers_address(url: str, port: int, security: str) -> None:
    server = server_of({"SMTP_URL": url, "SMTP_FROM": "a@b.cn"})
    assert (server.host, server.port, server.security) == ("mail.example.cn", port, security)


def test_a_password_with_signs_in_it() -> None:
    url = "smtp://bt%40example.cn:p%3Aw@mail.example.cn"
    server = server_of({"SMTP_URL": url, "SMTP_FROM": "a@b.cn"})
    assert (server.username, server.password) == ("bt@example.cn", "p:w")
