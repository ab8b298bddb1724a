"""Standard Webhooks: the vector of the specification's own libraries, and what must not pass."""

from datetime import UTC, datetime, timedelta

import pytest

from services.routing.channels import signatures
from services.routing.channels.signatures import BadSignature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
BODY = '{"test": 2432232314}'
RAW = BODY.encode()
AT = datetime.fromtimestamp(1614265330, UTC)
EXPECTED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
"""Of `standard-webhooks/standard-webhooks`, libraries/javascript/src/webhook.test.ts."""
GIVEN = {"webhook-id": ID, "webhook-timestamp": "1614265330", "webhook-signature": EXPECTED}


def check(keys=(SECRET,), body=RAW, at=AT, **headers: str):
    given = GIVEN | {f"webhook-{name}": value for name, value in headers.items()}
    return signatures.verify(keys, given, body, at)


def test_it_signs_as_the_specification_does():
    assert signatures.headers([SECRET], ID, AT, BODY) == GIVEN


def test_what_was_signed_is_taken():
    assert check() == ID


def test_several_secrets_sign_and_any_is_taken():
    other = signatures.new_secret()
    both = signatures.headers([other, SECRET], ID, AT, BODY)["webhook-signature"]
    assert len(both.split(" ")) == 2
    assert check([SECRET], signature=both) == ID
    assert check([other], signature=both) == ID


def test_a_new_secret_has_the_length_the_specification_asks_for():
    one, two = signatures.new_secret(), signatures.new_secret()
    assert one != two
    assert one.startswith("whsec_")
    assert len(signatures.base64.b64decode(one.removeprefix("whsec_"))) == 32


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_clocks_may_differ_a_little(seconds):
    assert check(at=AT + timedelta(seconds=seconds)) == ID


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_what_is_old_or_from_the_future_is_a_replay(seconds):
    with pytest.raises(BadSignature, match="webhook-timestamp"):
        check(at=AT + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("id", ""),
        ("id", "x" * 201),
        ("id", "编号"),
        ("id", "msg_other"),
        ("timestamp", ""),
        ("timestamp", "hello"),
        ("timestamp", "nan"),
        ("timestamp", "-1614265330"),
        ("timestamp", "1614265330.0"),
        ("timestamp", "9" * 12),
        ("timestamp", "9" * 400),
        ("timestamp", "１６１４２６５３３０"),
        ("timestamp", "1614265331"),
        ("signature", ""),
        ("signature", "v1"),
        ("signature", "v1,"),
        ("signature", EXPECTED[:-4]),
        ("signature", EXPECTED.replace("v1", "v2")),
        ("signature", EXPECTED.removeprefix("v1,")),
        ("signature", "v1,签名"),
        (
            "signature",
            " ".join(["v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="] * 10 + [EXPECTED]),
        ),
    ],
)
def test_whatever_stands_in_the_headers_is_refused_in_words(header, value):
    with pytest.raises(BadSignature):
        check(**{header: value})


@pytest.mark.parametrize("name", GIVEN)
def test_every_header_is_needed(name):
    with pytest.raises(BadSignature, match=name):
        signatures.verify(
            [SECRET], {k: v for k, v in GIVEN.items() if k != name}, BODY.encode(), AT
        )


def test_another_body_another_secret_and_no_secret_are_refused():
    for keys, body in (
        ([SECRET], b'{"test": 2432232315}'),
        ([SECRET], b"\xff\xfe"),
        ([signatures.new_secret()], BODY.encode()),
        ([], BODY.encode()),
    ):
        with pytest.raises(BadSignature):
            check(keys, body)
