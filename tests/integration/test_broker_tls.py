"""RabbitMQ's TLS listener as deploy/ sets it up, with certificates of its own making."""

import datetime as dt
import os
import socket
import ssl
import subprocess
import uuid
import warnings

import amqp
import kombu
import pika
import pytest
from cryptography import x509

from tests.support.brokers import make_rabbit
from tests.support.office import Office, own_password
from tests.support.processes import ROOT

NAMES = "DNS:localhost,IP:127.0.0.1"


def make_certificates(folder, names=NAMES):
    return subprocess.run(
        ["sh", str(ROOT / "deploy/make_certificates.sh"), str(folder)],
        env={"PATH": os.environ["PATH"], "NAMES": names},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    made = make_certificates(folder)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def office(broker_mode, certificates):
    with make_rabbit(broker_mode, certificates) as rabbit:
        office = Office(rabbit, rabbit.fresh_vhost())
        office.do("prepare")
        yield office


@pytest.fixture(scope="module")
def password(office):
    return office.passwords_from(office.do("add", "ga"))["dept-ga"]


@pytest.fixture
def url(office, password):
    """The address a department is told, with amqps."""
    plain = office.url("dept-ga", password)
    return plain.replace("amqp://", "amqps://").replace(
        f":{office.rabbit.port}/", f":{office.rabbit.tls_port}/"
    )


@pytest.fixture
def order(office):
    """What waits for the department when it connects."""
    body = uuid.uuid4().hex
    with office.connect("routing", own_password("routing")) as connection:
        channel = connection.channel()
        channel.basic_publish_confirm(amqp.Message(body), "routing.events", "order.dispatched.ga")
    return body


def test_pika_reads_and_answers(order, url, certificates):
    context = ssl.create_default_context(cafile=certificates / "ca.crt")
    parameters = pika.URLParameters(url)
    parameters.ssl_options = pika.SSLOptions(context, "localhost")
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    channel.confirm_delivery()
    sender = pika.BasicProperties(user_id="dept-ga")
    channel.basic_publish("department.replies", "reply.signed.ga", b"{}", sender)
    assert channel.basic_get("department.ga", auto_ack=True)[2] == order.encode()
    connection.close()


def test_kombu_reads_and_answers(order, url, certificates):
    tls = {"ca_certs": str(certificates / "ca.crt"), "server_hostname": "localhost"}
    with kombu.Connection(url, ssl=tls, transport_options={"confirm_publish": True}) as connection:
        assert connection.channel().basic_get("department.ga", no_ack=True).body == order
        connection.Producer().publish(
            "{}", "reply.signed.ga", exchange="department.replies", user_id="dept-ga"
        )


def test_the_authority_in_the_environment_is_enough_for_both(url, certificates, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.crt"))
    pika.BlockingConnection(pika.URLParameters(url)).close()
    with kombu.Connection(url) as connection:
        connection.connect()


def test_without_the_authority_nobody_connects(url, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(ssl.SSLCertVerificationError):
        pika.BlockingConnection(pika.URLParameters(url))
    with kombu.Connection(url) as connection, pytest.raises(ssl.SSLCertVerificationError):
        connection.connect()


def test_another_machines_name_is_not_believed(url, certificates):
    tls = {"ca_certs": str(certificates / "ca.crt"), "server_hostname": "elsewhere.example"}
    with kombu.Connection(url, ssl=tls) as connection, pytest.raises(ssl.SSLCertVerificationError):
        connection.connect()


def handshake(office, certificates, version):
    """The version that both sides agree on, if this client speaks only one."""
    context = ssl.create_default_context(cafile=certificates / "ca.crt")
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # or OpenSSL itself would refuse the old ones
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    address = ("127.0.0.1", office.rabbit.tls_port)
    with (
        socket.create_connection(address, 10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as talk,
    ):
        return talk.version()


def test_only_tls_1_2_and_1_3_are_spoken(office, certificates):
    assert handshake(office, certificates, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    assert handshake(office, certificates, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises(ssl.SSLError, match="alert"):
            handshake(office, certificates, old)


# -- the script ------------------------------------------------------------------------------------


def certificate(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_certificates_name_the_machine_and_end_within_825_days(certificates):
    for name, more in (("web", []), ("broker", ["rabbitmq"])):
        made = certificate(certificates / f"{name}.crt")
        names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == ["localhost", *more]
        assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
        assert made.not_valid_after_utc - made.not_valid_before_utc <= dt.timedelta(days=825)
        made.verify_directly_issued_by(certificate(certificates / "ca.crt"))
        assert (certificates / f"{name}.key").stat().st_mode & 0o777 == 0o600
    assert (certificates / "ca.key").stat().st_mode & 0o777 == 0o600


def test_what_is_there_is_never_overwritten(tmp_path):
    assert make_certificates(tmp_path).returncode == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = make_certificates(tmp_path, names="DNS:elsewhere.example")
    assert (again.returncode, again.stdout.count("kept")) == (0, 2)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_pair_that_was_taken_away_is_made_anew_by_the_same_authority(tmp_path):
    make_certificates(tmp_path)
    (old, authority) = certificate(tmp_path / "web.crt"), (tmp_path / "ca.crt").read_bytes()
    (tmp_path / "web.crt").unlink()
    (tmp_path / "web.key").unlink()
    assert make_certificates(tmp_path).returncode == 0
    assert certificate(tmp_path / "web.crt").serial_number != old.serial_number
    assert (tmp_path / "ca.crt").read_bytes() == authority


@pytest.mark.parametrize(("missing", "said"), [("web.key", "only half"), ("ca.crt", "without")])
def test_half_a_pair_stops_it(tmp_path, missing, said):
    make_certificates(tmp_path)
    (tmp_path / missing).unlink()
    (tmp_path / "broker.crt").unlink()
    (tmp_path / "broker.key").unlink()
    ended = make_certificates(tmp_path)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert not (tmp_path / missing).exists()


def test_a_districts_own_certificates_need_no_authority_of_ours(tmp_path, certificates):
    for name in ("web.crt", "web.key", "broker.crt", "broker.key", "ca.crt"):
        (tmp_path / name).write_bytes((certificates / name).read_bytes())
    assert make_certificates(tmp_path).returncode == 0
    assert not (tmp_path / "ca.key").exists()
