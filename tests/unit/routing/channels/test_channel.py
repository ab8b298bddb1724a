"""The rules of channels: addresses, pauses, states."""

from datetime import timedelta

import pytest

from services.routing.channels.channel import (
    DEAD,
    DROPPED,
    FAILED,
    PAUSES,
    SENT,
    STATES,
    TRANSITIONS,
    WAITING,
    pause,
    wrong_address,
)

GOOD = "https://oa.ga.example.gov.cn:8443/baitong?k=1"


@pytest.mark.parametrize(
    ("kind", "address", "field"),
    [
        ("webhook", GOOD, None),
        ("webhook", "http://127.0.0.1:9000/hook", None),
        ("webhook", "http://localhost/hook", None),
        ("webhook", "http://[::1]:9000/", None),
        ("webhook", "https://10.3.0.7/hook", None),
        ("webhook", "http://oa.ga.example.gov.cn/", "address"),
        ("webhook", "http://localhost.example.cn/", "address"),
        ("webhook", "https://169.254.169.254/latest", "address"),
        ("webhook", "https://[fe80::1]/", "address"),
        ("webhook", "https://0.0.0.0/", "address"),
        ("webhook", "https://169.254.169.254./", "address"),
        ("webhook", "https://[::ffff:a9fe:a9fe]/", "address"),
        ("webhook", "https://2852039166/", "address"),
        ("webhook", "https://0xa9fea9fe/", "address"),
        ("webhook", "https://169.254.43518/", "address"),
        ("webhook", "https://0251.0376.0251.0376/", "address"),
        ("webhook", "https://0/", "address"),
        ("webhook", "https://user:word@oa.example.cn/", "address"),
        ("webhook", "https://oa.example.cn/#part", "address"),
        ("webhook", "https://oa.example.cn:99999/", "address"),
        ("webhook", "https://oa.example.cn/a b", "address"),
        ("webhook", "https://公安.cn/", "address"),
        ("webhook", "ftp://oa.example.cn/", "address"),
        ("webhook", "https:///nowhere", "address"),
        ("webhook", "", "address"),
        ("webhook", "https://oa.example.cn/" + "a" * 500, "address"),
        ("mail", "ga@example.gov.cn", None),
        ("mail", "ga", "address"),
        ("mail", "ga@example.gov.cn, other@example.cn", "address"),
        ("mail", "公安 <ga@example.gov.cn>", "address"),
        ("mail", "ga@example.gov.cn\nBcc: x@y.cn", "address"),
        ("amqp", "", None),
        ("page", "", None),
        ("page", GOOD, "address"),
    ],
)
def test_what_can_be_an_address(kind, address, field):
    found = wrong_address(kind, address, embedded=False)
    assert (found.field if found else None) == field


def test_a_trial_may_use_plain_http():
    assert wrong_address("webhook", "http://oa.example.cn/", embedded=True) is None


def test_pauses_grow_and_end_at_an_hour():
    waits = [pause(failures).total_seconds() for failures in range(1, 10)]
    assert waits == [*PAUSES, 3600, 3600, 3600]
    assert pause(1, 120) == timedelta(seconds=120), "the other side may ask for more"
    assert pause(1, 10**6) == timedelta(hours=1), "but not for ever"


def test_every_state_and_act_is_in_the_table():
    cells = {
        (act, state): after.get(state) for act, after in TRANSITIONS.items() for state in STATES
    }
    assert {cell: after for cell, after in cells.items() if after} == {
        ("delivered", WAITING): SENT,
        ("delivered", FAILED): SENT,
        ("failed", WAITING): FAILED,
        ("failed", FAILED): FAILED,
        ("given_up", WAITING): DEAD,
        ("given_up", FAILED): DEAD,
        ("resend", DEAD): WAITING,
        ("dropped", WAITING): DROPPED,
        ("dropped", FAILED): DROPPED,
        ("dropped", DEAD): DROPPED,
    }
