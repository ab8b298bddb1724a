"""One measurement: residents and a department at work on one system, and what came of it."""

import json
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any, Self

from bench import cpu
from bench.client import Client, Job, Outcome, Plan
from bench.consumer import Consumer
from bench.systems import QUEUE, System

NO_MORE_AFTER = 15.0
"""Seconds without an arrival after which what has not come counts as lost."""
_CALM = 1.5
"""Seconds to wait for duplicates when everything has come."""
_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Scenario:
    """A load: ``clients`` in a closed loop, or ``rate`` matters a second in an open loop."""

    name: str
    clients: int = 0
    rate: float = 0.0


@dataclass
class Result:
    """What was measured. Times are in milliseconds, rates a second.

    Attributes:
        accepted: matters whose both requests were answered while the load went on.
        dispatched: orders that reached the department's queue while the load went on.
        backlog: matters accepted and not yet dispatched when the load ended.
        growth: by how much the backlog grew each second in the load's second half.
        http: p50 and p99 of one request; from its due moment, in the open loop.
        whole: p50 and p99 from the moment the matter was due to its order in the queue.
        lost, duplicated: orders, by number, of matters whose transfer was answered.
        failed: matters with an error, or not answered in time.
        unbegun: matters that were due and found no free connection.
        cpu: processor seconds by part.
    """

    system: str
    scenario: str
    accepted: float
    dispatched: float
    backlog: int
    growth: float
    http: tuple[float, float]
    whole: tuple[float, float]
    lost: int
    duplicated: int
    failed: int
    unbegun: int
    matters: int
    cpu: dict[str, float] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


def measure(
    system: System, scenario: Scenario, seconds: float, bodies: tuple[bytes, ...]
) -> Result:
    """Put the load on the system, wait until all has come, and count."""
    plan = Plan(system.address, system.headers, bodies, seconds, scenario.clients, scenario.rate)
    count, stop = _spawn.Value("L", 0, lock=False), _spawn.Event()
    ready = _spawn.Event()
    with _Child(_consume, system.amqp_url, count, stop, ready) as consumer:
        if not ready.wait(30):
            raise SystemExit("the consumer of the department's queue did not start")
        before = cpu.used(system.processes)
        with _Child(_load, plan) as client:
            outcome: Outcome = client.result()
        expected = sum(1 for job in outcome.jobs if job.transferred)
        _wait_for_the_rest(lambda: int(count.value), expected)
        used = cpu.between(before, cpu.used(system.processes))
        stop.set()
        arrivals: list[tuple[float, Any]] = consumer.result()
    result = evaluate(system.name, scenario.name, outcome, arrivals)
    result.cpu = used
    return result


def evaluate(
    system: str, scenario: str, outcome: Outcome, arrivals: Iterable[tuple[float, Any]]
) -> Result:
    """Count what the client and the department saw."""
    first, times = _first_arrivals(arrivals)
    done = [job for job in outcome.jobs if job.transferred]
    seconds, end = outcome.end - outcome.start, outcome.end
    whole = [first[job.number] - job.due for job in done if job.number in first]
    middle = outcome.start + seconds / 2
    backlog = _backlog(done, first, end)
    errors = [job.error or "not answered in time" for job in outcome.jobs if not job.transferred]
    return Result(
        system=system,
        scenario=scenario,
        accepted=sum(1 for job in done if job.transferred <= end) / seconds,
        dispatched=sum(1 for moment in first.values() if moment <= end) / seconds,
        backlog=backlog,
        growth=(backlog - _backlog(done, first, middle)) / (seconds / 2),
        http=_percentiles(_requests(done)),
        whole=_percentiles(whole),
        lost=sum(1 for job in done if job.number not in first),
        duplicated=sum(1 for number in times.values() if number > 1),
        failed=len(errors),
        unbegun=outcome.unbegun,
        matters=len(done),
        errors=[text for text, _ in Counter(errors).most_common(3)],
    )


def _first_arrivals(arrivals: Iterable[tuple[float, Any]]) -> tuple[dict[str, float], Counter[str]]:
    """Case number -> when its order first came; order number -> how often."""
    first: dict[str, float] = {}
    times: Counter[str] = Counter()
    for moment, body in arrivals:
        event = json.loads(body)
        order = event.get("data", event)  # Baitong's are CloudEvents
        times[order["number"]] += 1
        first.setdefault(order["case_number"], moment)
    return first, times


def _backlog(done: list[Job], first: dict[str, float], moment: float) -> int:
    never = float("inf")
    return sum(1 for job in done if job.transferred <= moment < first.get(job.number, never))


def _requests(done: list[Job]) -> list[float]:
    return [
        time for job in done for time in (job.accepted - job.due, job.transferred - job.accepted)
    ]


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile (nearest rank), in milliseconds."""
    if not seconds:
        return float("nan"), float("nan")
    ranked = sorted(seconds)
    p50, p99 = (ranked[-(-len(ranked) * share // 100) - 1] for share in (50, 99))
    return p50 * 1000, p99 * 1000


def _wait_for_the_rest(count: Callable[[], int], expected: int) -> None:
    seen, since = count(), monotonic()
    while monotonic() - since < (_CALM if seen >= expected else NO_MORE_AFTER):
        sleep(0.1)
        if (now := count()) != seen:
            seen, since = now, monotonic()


class _Child:
    """A process of ours that sends back one result."""

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        self._here, there = _spawn.Pipe(duplex=False)
        self._process = _spawn.Process(target=work, args=(there, *arguments), daemon=True)

    def result(self) -> Any:
        return self._here.recv()

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.join(5)
        self._process.kill()
        self._process.join()


def _load(answer: Any, plan: Plan) -> None:
    answer.send(Client(plan).run())


def _consume(answer: Any, url: str, count: Any, stop: Any, ready: Any) -> None:
    consumer = Consumer(url, QUEUE)
    ready.set()
    consumer.run(lambda: not stop.is_set(), count)
    answer.send(consumer.arrivals)
