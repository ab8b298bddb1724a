"""Where a webhook may lead, whatever its name says and leads to by the time it is used."""

import ipaddress
import socket

import pytest

from services.routing.channels.channel import Sent, Unreached
from services.routing.channels.destinations import forbidden, networks_of
from services.routing.channels.webhook import WebhookWay
from shared.config import BadSetting
from tests.unit.routing.channels import stand

NETWORKS = "127.0.0.0/8, 10.3.0.0/16"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "::1", "10.0.0.1", "172.18.0.3", "192.168.1.1", "169.254.169.254", "0.0.0.0",  # noqa: S104
        "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fe80::1", "fd12::1", "224.0.0.1",
        "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1",
        "::127.0.0.1", "::", "240.0.0.1",
    ],
)  # fmt: skip
def test_the_inside_is_closed_unless_it_is_named(address):
    assert forbidden(ipaddress.ip_address(address), ())


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "::ffff:169.254.169.254", "100.100.100.200"]
)
def test_the_machines_own_keys_are_closed_even_in_a_trial(address):
    assert forbidden(ipaddress.ip_address(address), networks_of(stand.settings()))


@pytest.mark.parametrize(("address", "closed"), [
    ("10.3.0.7", False), ("::ffff:10.3.0.7", False), ("10.4.0.7", True), ("202.38.64.1", False),
])  # fmt: skip
def test_a_named_network_is_open(address, closed):
    inside = networks_of(stand.settings(embedded=False, WEBHOOK_NETWORKS=NETWORKS))
    assert forbidden(ipaddress.ip_address(address), inside) is closed


def test_a_network_that_is_none_stops_the_start():
    with pytest.raises(BadSetting, match="WEBHOOK_NETWORKS"):
        WebhookWay(stand.settings(embedded=False, WEBHOOK_NETWORKS="10.3.0.7/16"))


def posted(db, hook, answers, networks=NETWORKS):
    """Post to a name that the resolver knows; returns how it went and how often it was asked."""
    asked = []

    def look_up(host, _port):
        asked.append(host)
        if not answers:
            raise socket.gaierror
        return answers.pop(0)

    port = hook.url.rpartition(":")[2]
    channel = stand.onboard(db, "ga", "webhook", f"http://oa.example.gov.cn:{port}/hook")
    way = WebhookWay(stand.settings(embedded=False, WEBHOOK_NETWORKS=networks), look_up)
    with way.session() as session:
        return way.post(session, channel, "one", "{}"), asked


def test_it_connects_to_the_address_that_was_checked(db, hook):
    outcome, asked = posted(db, hook, [["127.0.0.1"], ["169.254.169.254"]])
    assert isinstance(outcome, Sent)
    assert asked == ["oa.example.gov.cn"], "looked up once"
    assert hook.asked[0][0]["host"].startswith("oa.example.gov.cn:")


@pytest.mark.parametrize(
    "found", [["169.254.169.254"], ["127.0.0.1", "10.9.0.1"], ["::ffff:7f00:1"]]
)
def test_one_closed_address_closes_the_name(db, hook, found):
    outcome, _ = posted(db, hook, [found], networks="127.0.0.0/9" if len(found) > 1 else "")
    assert isinstance(outcome, Unreached)
    assert "WEBHOOK_NETWORKS" in outcome.why
    assert hook.asked == []


def test_the_next_address_is_tried(db, hook):
    outcome, _ = posted(db, hook, [["127.9.9.9", "127.0.0.1"]])
    assert isinstance(outcome, Sent)


def test_an_unknown_name_is_not_there(db, hook):
    outcome, _ = posted(db, hook, [])
    assert isinstance(outcome, Unreached)
