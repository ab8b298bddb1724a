import ssl
import subprocess

import pytest

from services.notify.channels import PermanentFailure, TemporaryFailure
from services.notify.channels.smtp import SmtpChannel, mail_of
from shared.mail import PLAIN, STARTTLS, Server
from tests.support.ports import free_port
from tests.unit.notify.servers import mail_house
from tests.unit.notify.stand import a_message

MESSAGE = a_message(body="您好，您的事项“噪声”已受理。\n.\n再见")


def channel(port: int, *, security: str = PLAIN, tls=None, word: str = "") -> SmtpChannel:
    user = "baitong" if word else ""
    server = Server("127.0.0.1", port, security, user, word, "no-reply@bt.example.cn", "百通")
    return SmtpChannel(server, tls)


@pytest.fixture
def house():
    with mail_house() as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [*made, *names, "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(cert, key)
    return ours, ssl.create_default_context(cafile=str(cert))


def test_a_mail_arrives_whole(house) -> None:
    receipt = channel(house.port).send(MESSAGE)
    (mail,) = house.mails
    assert mail.get_content().rstrip("\n") == MESSAGE.body
    assert mail["Subject"] == "您的事项已受理"
    assert mail["From"] == "百通 <no-reply@bt.example.cn>"
    assert mail["Message-ID"] == "<m-1@bt.example.cn>"
    assert house.recipients == ["w@example.cn"]
    assert receipt == "accepted by 127.0.0.1 as <m-1@bt.example.cn>"


def test_starttls_and_sign_in(certificate) -> None:
    ours, theirs = certificate
    with mail_house(ours) as house:
        house.sign_in = ("baitong", "word")
        channel(house.port, security=STARTTLS, tls=theirs, word="word").send(MESSAGE)
        assert house.encrypted == [True]


def test_a_certificate_nobody_vouches_for_is_not_trusted(certificate) -> None:
    ours, _theirs = certificate
    with mail_house(ours) as house:
        with pytest.raises(TemporaryFailure, match="CERTIFICATE_VERIFY_FAILED"):
            channel(house.port, security=STARTTLS).send(MESSAGE)
        assert house.mails == []


def test_a_server_without_starttls_gets_no_password_in_clear(house) -> None:
    house.sign_in = ("baitong", "word")
    with pytest.raises(TemporaryFailure, match="STARTTLS"):
        channel(house.port, security=STARTTLS, word="word").send(MESSAGE)


def test_a_refused_sign_in_is_ours_to_mend(house) -> None:
    house.sign_in = ("baitong", "other")
    with pytest.raises(TemporaryFailure, match="535"):
        channel(house.port, word="word").send(MESSAGE)


@pytest.mark.parametrize(
    ("refuse", "failure"),
    [
        ({"RCPT": "550 no such mailbox"}, PermanentFailure),
        ({"RCPT": "452 mailbox full"}, TemporaryFailure),
        ({"MAIL": "553 sender not allowed"}, PermanentFailure),
        ({"MAIL": "451 try later"}, TemporaryFailure),
        ({"DATA": "554 spam"}, PermanentFailure),
        ({"EHLO": "421 shutting down", "HELO": "421 shutting down"}, TemporaryFailure),
    ],
)
def test_what_the_server_says_decides(house, refuse, failure) -> None:
    house.refuse = refuse
    with pytest.raises(failure, match=next(iter(refuse.values()))[:3]):
        channel(house.port).send(MESSAGE)
    assert house.mails == []


@pytest.mark.parametrize("verb", ["EHLO", "RCPT", "DATA"])
def test_a_server_that_hangs_up_is_tried_again(house, verb) -> None:
    house.drop_at = verb
    with pytest.raises(TemporaryFailure, match=r"127\.0\.0\.1"):
        channel(house.port).send(MESSAGE)


def test_a_mail_that_was_accepted_is_sent_whatever_becomes_of_the_goodbye(house) -> None:
    house.drop_at = "QUIT"
    channel(house.port).send(MESSAGE)
    assert len(house.mails) == 1


def test_nobody_there_is_tried_again() -> None:
    with pytest.raises(TemporaryFailure, match="ConnectionRefused"):
        channel(free_port()).send(MESSAGE)


def test_a_subject_cannot_smuggle_in_headers() -> None:
    server = Server("h", 25, PLAIN, "", "", "a@b.cn", "百通")
    mail = mail_of(a_message(subject="标题\r\nBcc: all@example.cn"), server)
    assert mail["Subject"] == "标题 Bcc: all@example.cn"
    assert mail["Bcc"] is None
