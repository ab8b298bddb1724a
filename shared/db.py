"""The database of one service: reads at any time, writes in group commits.

All writes of a process go through one committer. It takes every command that is waiting, runs them
in one transaction and commits once, so that thirty-two residents cost one flush to disk, and SQLite
never sees two writers. A command that fails takes nobody with it: it, and only it, is told why.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.actor import Actor, current, was_recorded
from shared.audit import store as audit_store
from shared.audit.tables import AuditTables
from shared.green import Semaphore, Signal, give_way
from shared.logs import fault
from shared.postgres import use_green_connections
from shared.sealing import KeyRing, give_keys, keys_of
from shared.serials import NumbersWanted, Serials, reserve
from shared.transaction import Stale, Transaction

log = structlog.get_logger(__name__)
T = TypeVar("T")

MOST_AT_ONCE = 64
ATTEMPTS = 5
IMPATIENT = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""libpq gives up a server that fell silent after some 15 seconds; its own default is hours."""
_PASSING = ("08", "40", "53", "57P")
"""SQLSTATE classes that do not blame the command: connection, deadlock, resources, shutdown."""
_PASSING_SQLITE = (5, 6, 10, 13, 14)
"""BUSY, LOCKED, IOERR, FULL, CANTOPEN."""


class Unavailable(ConnectionError):
    """The database cannot be reached, or was lost while committing. Ask again."""


def connect(url: str, keys: KeyRing | None = None) -> sa.Engine:
    """An engine for SQLite or PostgreSQL with the settings each needs.

    Args:
        url: of the database.
        keys: what its sealed columns are read and written with; without, those raise ``NoKeys``.
    """
    # A refused statement is logged: what it was to write may be personal.
    if url.startswith("sqlite"):
        arguments = {"timeout": 10, "check_same_thread": False}
        engine = sa.create_engine(url, hide_parameters=True, connect_args=arguments)
        sa.event.listen(engine, "connect", _sqlite_pragmas)
    else:
        engine = sa.create_engine(
            url,
            hide_parameters=True,
            pool_size=10,
            max_overflow=20,
            pool_recycle=1800,
            connect_args=IMPATIENT,
        )
        use_green_connections(engine)
    return engine if keys is None else give_keys(engine, keys)


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    # FULL, not NORMAL: a receipt that was given must survive a power cut.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


Work = Callable[[Transaction], T]
Expected = tuple[sa.Table, Any]


@dataclass
class _Job:
    """A command waiting to be committed."""

    work: Work[Any]
    row: Expected | None = None
    actor: Actor | None = None
    recorded: bool = False
    done: Signal = field(default_factory=Signal)
    result: Any = None
    error: Exception | None = None

    def outcome(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.result


class Database:
    """One service's database.

    Args:
        engine: from ``connect``.
        service: the service's name.
        district: the pack handed to handlers with each transaction.
        serials: the table of number blocks, or None where the service gives no numbers.
        settings: handed to handlers with each transaction.
        audit: where acts of people are recorded, or None where nothing is.
    """

    def __init__(
        self,
        engine: sa.Engine,
        *,
        service: str = "",
        district: Any = None,
        serials: sa.Table | None = None,
        settings: Any = None,
        audit: AuditTables | None = None,
    ) -> None:
        self.engine = engine
        self.service = service
        self.district = district
        self.settings = settings
        self.audit = audit
        self._serials = Serials(self.reserve)
        self._serials_table = serials
        self._waiting: deque[_Job] = deque()
        self._wake = Semaphore(0)
        self._committer: Any = None
        self.on_commit: list[Callable[[set[sa.Table]], None]] = []

    @property
    def keys(self) -> KeyRing:
        """What its sealed columns are read, written and searched with."""
        return keys_of(self.engine.dialect)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for looking only.

        Raises:
            Unavailable: the database cannot be reached.
        """
        try:
            with self.engine.connect() as connection:
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            if _away(error):
                raise Unavailable(str(error)) from error
            raise

    def run(self, work: Work[T], row: Expected | None = None) -> T:
        """Run a command and return its result when it is safely committed.

        Args:
            work: the command.
            row: table and primary key of the row it is about: ``tx.row`` then loads it together
                with those of the other commands of the group.

        Raises:
            Unavailable: the database cannot be reached, or was lost while committing.
            Exception: whatever the command raised; then it wrote nothing.
        """
        job = _Job(work, row, current())
        if self._committer is None:
            self._commit([job])
        else:
            self._waiting.append(job)
            self._wake.release()
            job.done.wait()
        result: T = job.outcome()
        if job.recorded:
            was_recorded()
        return result

    def start(self, spawn: Callable[[Callable[[], None]], Any]) -> None:
        """Start the committer in a greenlet of its own."""
        self._committer = spawn(self._committing)

    def stop(self) -> None:
        """Commit what waits; commands from now on are committed by whoever gives them."""
        self._committer, waiting = None, list(self._waiting)
        self._waiting.clear()
        for job in waiting:
            self._commit([job])
            job.done.send()

    def serial(self, name: str) -> int:
        """The next number of a series; for a command, through its transaction.

        Raises:
            NumbersWanted: none is ready; the command is run again when there are some.
        """
        return self._serials.take(name)

    def reserve(self, name: str, count: int) -> range:
        """Take the next ``count`` numbers of a series for this process."""
        table = self._serials_table
        if table is None:
            raise LookupError(f"{self.service} has no table of serials")
        return reserve(self.engine, table, name, count)

    def _committing(self) -> None:
        while True:
            self._wake.acquire()
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
            if not batch:
                continue
            self._commit(batch)
            for job in batch:
                job.done.send()
            give_way()  # let the answered go on before the next batch is taken

    def _commit(self, batch: list[_Job]) -> None:
        """All in one transaction; if that fails, each in its own."""
        try:
            self._together(batch)
        except Exception as error:  # noqa: BLE001 - handed to those who asked
            if len(batch) > 1 or _worth_repeating(error):
                log.info(
                    "commit_one_by_one", service=self.service, jobs=len(batch), why=fault(error)
                )
                for job in batch:
                    self._alone(job)
            else:
                batch[0].error = _as_unavailable(error)

    def _together(self, batch: list[_Job], numbers: int = 1) -> None:
        committing = False
        self._serials.refill(max(numbers, len(batch)))
        connection = self.engine.connect()
        try:
            transaction = Transaction(connection, self)
            for table, key in (job.row for job in batch if job.row):
                transaction.expect(table, [key])
            for job in batch:
                self._attempt(job, transaction)
            transaction.flush()
            self._record(connection, transaction)
            committing = True
            connection.commit()
        except Exception as error:
            if committing:
                # Whether it was committed is not known: repeating could do it twice.
                for job in batch:
                    job.error = job.error or Unavailable(f"lost while committing: {error}")
                return
            raise
        finally:
            _put_back(connection)
        self._tell(transaction.written)

    def _record(self, connection: sa.Connection, transaction: Transaction) -> None:
        """Add to the audit; last, for from here to the commit the other replicas wait."""
        acts = transaction.recorder.kept
        if acts and self.audit is not None:
            audit_store.append(connection, self.audit, self.service, acts, transaction.insert_rows)

    def _tell(self, written: set[sa.Table]) -> None:
        for callback in self.on_commit:
            try:
                callback(written)
            except Exception:
                # It is committed all the same: nothing may be run again because of this.
                log.exception("on_commit_failed", service=self.service)

    def _attempt(self, job: _Job, transaction: Transaction) -> None:
        job.result = job.error = None
        transaction.begin(job.actor)
        try:
            job.result = job.work(transaction)
            job.recorded = transaction.keep()
        except Exception as error:
            if transaction.wrote or isinstance(_root(error), (Stale, NumbersWanted, DBAPIError)):
                raise  # part of it may be written, or what was is lost: only a rollback undoes it
            transaction.drop()
            job.error = error

    def _alone(self, job: _Job) -> None:
        tries, numbers = ATTEMPTS, 1
        while True:
            try:
                self._together([job], numbers)
            except Exception as error:  # noqa: BLE001 - as above
                if isinstance(_root(error), NumbersWanted):
                    numbers *= 2  # nobody's fault, and it ends: twice as many are ready each time
                    continue
                tries -= 1
                if tries and _worth_repeating(error):
                    continue
                job.result, job.error = None, _as_unavailable(error)
            return


def _worth_repeating(error: Exception) -> bool:
    """Whether another try may succeed: nothing was committed, so it is safe.

    Stale rows, deadlocks, lost connections, and a key that another replica took first: loaded
    again, the command sees what that one did.
    """
    return isinstance(_root(error), (Stale, NumbersWanted, IntegrityError)) or _away(error)


def _root(error: Exception) -> BaseException:
    """What the database or its transaction said, where that is behind the error; or the error.

    A handler may have raised its own because of it; the transaction is spoiled all the same.
    """
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, (Stale, NumbersWanted, DBAPIError, PoolTimeout)):
            return behind
        behind = behind.__cause__
    return error


def _away(error: Exception) -> bool:
    """Whether it is the database that cannot just now, not the command that is wrong."""
    root = _root(error)
    if isinstance(root, PoolTimeout):
        return True
    if not isinstance(root, DBAPIError):
        return False
    if root.connection_invalidated:
        return True
    if not isinstance(root, OperationalError):
        return False
    sqlite_code = getattr(root.orig, "sqlite_errorcode", None)
    if sqlite_code is not None:
        return sqlite_code & 0xFF in _PASSING_SQLITE
    state = getattr(root.orig, "sqlstate", None)
    return state is None or state.startswith(_PASSING)


def _as_unavailable(error: Exception) -> Exception:
    if _away(error):
        unavailable = Unavailable(str(error))
        unavailable.__cause__ = error
        return unavailable
    return error


def _put_back(connection: sa.Connection) -> None:
    try:
        connection.close()  # rolls back what was not committed
    except DBAPIError as error:
        log.warning("database_connection_dropped", error=str(error.orig))
        if not connection.closed:
            connection.invalidate()


__all__ = [
    "Database",
    "NumbersWanted",
    "Stale",
    "Transaction",
    "Unavailable",
    "Work",
    "connect",
]
