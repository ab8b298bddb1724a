"""Who may do what at a real RabbitMQ: every department against every other; our own four."""

import json

import amqp
import pytest

from shared.bus.amqp import AmqpTransport
from shared.bus.topology import build, department_queue, sources_of
from shared.bus.transport import BusUnavailable, Outgoing
from shared.contracts import SERVICES
from shared.contracts.departments import VERBS
from shared.district import load
from tests.support.office import Office, own_password
from tests.support.waiting import wait_until

CODES = tuple(load("xiangshan").departments)
TOPOLOGY = build(CODES)
REPLIES = "department.replies"


@pytest.fixture(scope="module")
def office(rabbit):
    office = Office(rabbit, rabbit.fresh_vhost())
    office.do("prepare")
    yield office
    office.remove_users()
    rabbit.drop_vhost(office.amqp_url)


@pytest.fixture(scope="module")
def passwords(office):
    """Every department's account, made by the command: its password by the department's code."""
    made = office.passwords_from(office.do("add", *CODES))
    return {user.removeprefix("dept-"): password for user, password in made.items()}


@pytest.fixture
def department(office, passwords, request):
    """A connection of one department."""
    code = request.param
    with office.connect(f"dept-{code}", passwords[code]) as connection:
        yield code, connection


def refused(connection, act, error=amqp.AccessRefused):
    """That the broker refuses this."""
    channel = connection.channel()
    with pytest.raises(error):
        act(channel)
    channel.close()  # py-amqp opened it again


def publish(exchange, key, user_id=None):
    """To be done on a channel: a message, and the broker's word on it."""
    sender = {} if user_id is None else {"user_id": user_id}

    def act(channel):
        channel.basic_publish_confirm(amqp.Message("{}", **sender), exchange, key)

    return act


def test_there_are_twelve_and_more():
    assert len(CODES) >= 12


@pytest.mark.parametrize("department", CODES, indirect=True)
def test_a_department_can_neither_read_nor_answer_for_any_other(department):
    code, connection = department
    for other in CODES:
        if other == code:
            continue
        queue, account = department_queue(other), f"dept-{other}"
        refused(connection, lambda c, q=queue: c.basic_get(q))
        refused(connection, lambda c, q=queue: c.basic_consume(q))
        refused(connection, lambda c, q=queue: c.queue_purge(q))
        refused(connection, lambda c, q=queue: c.queue_delete(q))
        refused(connection, lambda c, q=queue: c.queue_bind(q, REPLIES, "#"))
        for verb in VERBS:
            refused(connection, publish(REPLIES, f"reply.{verb}.{other}"))
        own_key = f"reply.signed.{code}"
        forged = publish(REPLIES, own_key, user_id=account)
        refused(connection, forged, amqp.PreconditionFailed)


@pytest.mark.parametrize("department", CODES, indirect=True)
def test_a_department_can_declare_bind_and_delete_nothing(department):
    code, connection = department
    mine = department_queue(code)
    for act in (
        lambda c: c.queue_declare(mine, durable=True),
        lambda c: c.queue_declare("department.mine"),
        lambda c: c.queue_declare(exclusive=True),
        lambda c: c.queue_bind(mine, "routing.events", "*.*.*"),
        lambda c: c.queue_bind(mine, REPLIES, "#"),
        lambda c: c.queue_unbind(mine, "routing.events", f"*.*.{code}"),
        lambda c: c.queue_delete(mine),
        lambda c: c.exchange_declare("mine", "topic"),
        lambda c: c.exchange_delete(REPLIES),
        lambda c: c.exchange_bind(REPLIES, "routing.events", "#"),
    ):
        refused(connection, act)


@pytest.mark.parametrize("department", CODES, indirect=True)
def test_a_department_publishes_nothing_but_its_six_answers(department):
    code, connection = department
    for service in SERVICES:
        refused(connection, publish(f"{service}.events", f"order.dispatched.{code}"))
    refused(connection, publish("", department_queue(code)))  # the default exchange
    refused(connection, publish("amq.topic", f"reply.signed.{code}"))
    for key in (f"reply.rejected.{code}", f"reply.signed.{code}.x", f"reply.#.{code}", code, ""):
        refused(connection, publish(REPLIES, key))
    for queue in ("routing.from_departments", "intake.from_routing", "baitong.dead"):
        refused(connection, lambda c, q=queue: c.basic_get(q))


@pytest.mark.parametrize("department", CODES, indirect=True)
def test_what_a_department_may_do_works(office, department):
    code, connection = department
    order = Outgoing("routing.events", f"order.dispatched.{code}", code, "t", 0, json.dumps(code))
    publisher = AmqpTransport(office.url("routing", own_password("routing"))).publisher()
    publisher.publish([order])
    publisher.close()
    channel = connection.channel()
    read = wait_until(lambda: channel.basic_get(department_queue(code), no_ack=True), 60, "order")
    assert json.loads(read.body) == code
    heard = []
    with office.connect("routing", own_password("routing")) as routing:
        routing.channel().basic_consume("routing.from_departments", "", callback=heard.append)
        for verb in VERBS:
            publish(REPLIES, f"reply.{verb}.{code}", user_id=f"dept-{code}")(channel)
        while len(heard) < len(VERBS):
            routing.drain_events(timeout=60)
        heard[-1].channel.basic_ack(heard[-1].delivery_tag, multiple=True)
    assert {message.properties["user_id"] for message in heard} == {f"dept-{code}"}


def test_a_department_has_only_so_many_connections(office, passwords):
    held = [office.connect("dept-ga", passwords["ga"]) for _ in range(10)]
    try:
        with pytest.raises((amqp.NotAllowed, OSError)), office.connect("dept-ga", passwords["ga"]):
            pass
    finally:
        for connection in held:
            connection.__exit__(None, None, None)


# -- our own services ------------------------------------------------------------------------------


@pytest.fixture(params=SERVICES)
def service(office, request):
    with office.connect(request.param, own_password(request.param)) as connection:
        yield request.param, connection


def test_a_service_reads_what_is_said_to_it_and_says_what_is_its_own(service):
    name, connection = service
    own = {f"{name}.from_{source}" for source in sources_of(name)}
    for queue in TOPOLOGY.queues:
        if queue in own:
            connection.channel().basic_get(queue)
        else:
            refused(connection, lambda c, q=queue: c.basic_get(q))
            refused(connection, lambda c, q=queue: c.queue_purge(q))
    publish(f"{name}.events", "nothing.hears.this")(connection.channel())
    for exchange in {*TOPOLOGY.exchanges, "", "amq.topic"} - {f"{name}.events"}:
        refused(connection, publish(exchange, "x"))
    refused(connection, lambda c: c.queue_declare("mine"))
    refused(connection, lambda c: c.queue_delete("routing.from_intake"))
    refused(connection, lambda c: c.queue_bind("routing.from_intake", "intake.events", "#"))


def test_a_service_that_may_not_declare_sees_that_all_is_there(office, service):
    name, _ = service
    AmqpTransport(office.url(name, own_password(name))).declare(TOPOLOGY)


def test_and_says_so_when_it_is_not(office, rabbit):
    empty = Office(rabbit, rabbit.fresh_vhost())
    rights = {"configure": "^$", "write": "^$", "read": "^$"}
    rabbit.management("PUT", f"/api/permissions/{empty.vhost}/intake", rights)
    with pytest.raises(BusUnavailable, match="no exchange"):
        AmqpTransport(empty.url("intake", own_password("intake"))).declare(TOPOLOGY)
    rabbit.drop_vhost(empty.amqp_url)


# -- the command -----------------------------------------------------------------------------------


def test_rotating_ends_the_old_password_and_keeps_what_waits(office, passwords):
    with office.connect("routing", own_password("routing")) as routing:
        for _ in range(3):
            publish("routing.events", "order.dispatched.cl")(routing.channel())
    old = office.connect("dept-cl", passwords["cl"])
    printed = office.do("rotate", "cl")
    assert "The old one has ended; 1 connection(s) were closed" in printed
    with pytest.raises((amqp.AMQPError, OSError)):
        old.thing.drain_events(timeout=30)
    with pytest.raises(amqp.AccessRefused):
        office.connect("dept-cl", passwords["cl"])
    with office.connect("dept-cl", office.passwords_from(printed)["dept-cl"]) as connection:
        channel = connection.channel()
        read = [channel.basic_get("department.cl", no_ack=True) for _ in range(4)]
        publish(REPLIES, "reply.signed.cl", user_id="dept-cl")(channel)
    assert [message is None for message in read] == [False, False, False, True]


def test_a_second_account_bridges_a_change_without_a_gap(office):
    password = office.passwords_from(office.do("add", "ga", "--label", "new"))["dept-ga-new"]
    with office.connect("dept-ga-new", password) as connection:
        publish(REPLIES, "reply.signed.ga", user_id="dept-ga-new")(connection.channel())
        refused(connection, publish(REPLIES, "reply.signed.cg"))
    assert "dept-ga-new  公安  0 connection(s)" in office.do("list").splitlines()
    office.do("remove", "ga", "--label", "new")
    assert "dept-ga-new" not in office.do("list")
    with pytest.raises(amqp.AccessRefused):
        office.connect("dept-ga-new", password)


def test_what_cannot_be_done_is_said(office, passwords):
    for args, said in (
        (("add", "ga"), "dept-ga: there already"),
        (("add", "zz"), "department: this district has no zz. It has: ga, "),
        (("rotate", "ga", "--label", "none"), "dept-ga-none: there is no such account"),
        (("remove", "zz"), "dept-zz: there is no such account. Departments' accounts: "),
        (("add", "ga", "--label", "^.*"), "a label is up to 20 of a-z and 0-9"),
    ):
        ended = office.run(*args)
        assert ended.returncode == 2
        assert said in ended.stderr


def test_no_password_is_kept_in_clear(office, passwords):
    kept = json.dumps(office.rabbit.management("GET", "/api/definitions"))
    assert "dept-ga" in kept
    assert not [word for word in passwords.values() if word in kept]


def test_preparing_again_gives_back_what_was_taken(office, passwords):
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    office.rabbit.management("PUT", f"/api/permissions/{office.vhost}/dept-ga", everything)
    office.do("prepare")
    with office.connect("dept-ga", passwords["ga"]) as connection:
        refused(connection, lambda c: c.basic_get("department.cg"))
