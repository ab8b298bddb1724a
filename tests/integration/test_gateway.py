"""nginx as deploy/ sets it up: plain and with TLS, what it limits, and how it says no.

Nothing stands behind it here, so that what nginx lets through ends with 502.
"""

import os
import ssl
import subprocess
from collections import Counter
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPSConnection

import pytest
import yaml

from tests.support.ports import free_port
from tests.support.processes import ROOT
from tests.support.waiting import wait_until

PAGES = ("/track/x", "/sign-in", "/api/intake/session", "/open311/v2/requests.json")


@pytest.fixture(scope="module", autouse=True)
def docker(broker_mode):
    if broker_mode != "docker":
        pytest.skip("needs nginx:stable, and so Docker")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    made = [str(ROOT / "deploy/make_certificates.sh"), str(folder)]
    names = {"PATH": os.environ["PATH"], "NAMES": "DNS:localhost"}
    subprocess.run(["sh", *made], env=names, check=True, capture_output=True)
    return folder


def volumes(files):
    """What these compose files mount into nginx: a later one takes an earlier one's place."""
    mounts = {}
    for file in files:
        nginx = yaml.safe_load((ROOT / file).read_text())["services"]["nginx"]
        for source, target, *_ in (entry.rsplit(":", 2) for entry in nginx["volumes"]):
            mounts[target] = str((ROOT / source).resolve())
    del mounts["/etc/nginx/conf.d/default.conf"]
    return mounts


def _with_nobody_behind(folder):
    """The configuration with each service where nothing listens."""
    text = (ROOT / "deploy/nginx/baitong.conf").read_text()
    kept = folder / "baitong.conf"
    for service in ("$baitong_service:8000", "$asked:8000"):
        text = text.replace(service, "127.0.0.1:9")
    kept.write_text(text)
    return str(kept)


@contextmanager
def running(mounts, ports, folder, trusted=""):
    """Nginx with these mounts; no more of it when this ends."""
    from tests.support.docker_brokers import Container  # noqa: PLC0415 - only with Docker

    files = [(source, target, "ro") for target, source in mounts.items()]
    files.append((_with_nobody_behind(folder), "/etc/nginx/conf.d/default.conf", "ro"))
    nginx = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["nginx"]
    container = Container("nginx:stable", ports, volumes=files, command=nginx["command"])
    container.say(TRUSTED_PROXY=trusted)
    try:
        container.start()
        first = next(iter(ports.values()))
        asked = ("GET", "/healthz/gateway")
        wait_until(
            lambda: ask(first, *asked), 60, "nginx answers", ignoring=(OSError, HTTPException)
        )
        yield
    finally:
        container.remove()


def ask(port, method, path, body=None, tls=None, **headers: str):
    """One request and nginx's answer to it, its body in ``text``."""
    address = ("localhost", port)
    connection = (
        HTTPSConnection(*address, timeout=30, context=tls)
        if tls
        else HTTPConnection(*address, timeout=30)
    )
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
    finally:
        connection.close()
    return answer


@pytest.fixture
def plain(tmp_path):
    port = free_port()
    with running(volumes(["docker-compose.yml"]), {80: port}, tmp_path):
        yield port


def test_https_and_a_way_there(certificates, tmp_path):
    mounts = volumes(["docker-compose.yml", "deploy/tls.yml"]) | {
        "/certificates": str(certificates)
    }
    http, https = free_port(), free_port()
    trusting = ssl.create_default_context(cafile=certificates / "ca.crt")
    with running(mounts, {80: http, 443: https}, tmp_path):
        there = ask(http, "POST", "/track?number=1")
        assert there.status == 308
        assert there.headers["Location"] == "https://localhost/track?number=1"
        for path, status in (("/healthz/gateway", 200), ("/metrics", 404), ("/desk", 502)):
            answer = ask(https, "GET", path, tls=trusting)
            assert answer.status == status
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        big = ask(https, "POST", "/desk/accept", body=b"x" * 1_100_000, tls=trusting)
        assert (big.status, big.headers["Strict-Transport-Security"]) == (413, "max-age=31536000")
        unhealthy = ask(https, "GET", "/healthz", tls=trusting)
        assert (unhealthy.status, unhealthy.text) == (503, '{"status":"unavailable"}\n')
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(https, "GET", "/", tls=ssl.create_default_context())
        old = ssl.create_default_context(cafile=certificates / "ca.crt")
        old.set_ciphers("DEFAULT:@SECLEVEL=0")  # or OpenSSL itself would refuse
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        assert ask(https, "GET", "/healthz/gateway", tls=old).status == 200
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(ssl.SSLError, match="alert"):
            ask(https, "GET", "/", tls=old)


def test_a_flood_is_answered_with_429_and_stops_nobody_elsewhere(plain):
    seen = {path: Counter() for path in PAGES}
    for path in PAGES:
        while not seen[path][429]:
            last = ask(plain, "GET", path)
            seen[path][last.status] += 1
            assert sum(seen[path].values()) < 2000, f"{path} is not limited: {seen[path]}"
        assert last.headers["Retry-After"] == "30"
        if path.startswith(("/api/", "/open311/")):
            assert last.headers.get_content_type() == "application/problem+json"
            assert '"title": "请求太多了", "status": 429' in last.text
        else:
            assert last.headers.get_content_type() == "text/html"
            assert "请稍等一会儿" in last.text
    assert seen["/sign-in"][502] >= 60, "a whole office signs in at half past eight"
    assert seen["/track/x"][502] >= 100
    assert {ask(plain, "GET", "/desk").status for _ in range(200)} == {502}


@pytest.mark.parametrize("proxy", ["", "0.0.0.0/0", "192.0.2.1"])
def test_whose_word_counts_for_where_somebody_is(tmp_path, proxy):
    """A flood from one address behind the district's proxy stops nobody else behind it."""
    port = free_port()
    with running(volumes(["docker-compose.yml"]), {80: port}, tmp_path, proxy):
        flooding = {"X-Forwarded-For": "198.51.100.9, 203.0.113.1"}
        for _ in range(2000):
            if ask(port, "GET", "/sign-in", **flooding).status == 429:
                break
        else:
            pytest.fail("a flood is not limited")
        elsewhere = {"X-Forwarded-For": "203.0.113.2"}
        other = {ask(port, "GET", "/sign-in", **elsewhere).status for _ in range(20)}
        # What a client says itself stands before what the proxy added, and counts nowhere.
        said = {"X-Forwarded-For": "203.0.113.2, 203.0.113.1"}
        same = {ask(port, "GET", "/sign-in", **said).status for _ in range(20)}
    # Two in a second are let through again, so that of twenty some are, and some are not.
    assert (429 in other) is (proxy != "0.0.0.0/0")
    assert 429 in same


def test_only_files_may_be_large(plain):
    for path, most in (
        ("/desk/accept", 1),
        ("/api/intake/cases", 1),
        ("/api/intake/cases/XS-1/files", 12),
        ("/desk/cases/XS-1/files", 12),
        ("/track/XS-1/files", 12),
    ):
        assert ask(plain, "POST", path, body=b"x" * most * 2**20).status == 502, path
        refused = ask(plain, "POST", path, body=b"x" * (most * 2**20 + 1))
        assert refused.status == 413, path
        assert "12 MB" in refused.text
        assert "Retry-After" not in refused.headers


def test_errors_cannot_be_asked_for(plain):
    assert ask(plain, "GET", "/errors/429.html").status == 404
