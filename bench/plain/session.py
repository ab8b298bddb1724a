"""A SQLAlchemy session for each worker, as nameko-sqlalchemy gives one."""

# mypy: disable-error-code="misc, untyped-decorator"
# (nameko has no types)

from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from nameko.extensions import DependencyProvider
from sqlalchemy.orm import Session, sessionmaker


class DatabaseSession(DependencyProvider):
    """Opens a session when a worker starts and closes it when the worker ends."""

    def setup(self) -> None:
        """Make the engine."""
        self.sessions: WeakKeyDictionary[Any, Session] = WeakKeyDictionary()
        self.maker = sessionmaker(sa.create_engine(self.container.config["DB_URI"]))

    def get_dependency(self, worker_ctx: Any) -> Session:
        """This worker's session."""
        session = self.sessions[worker_ctx] = self.maker()
        return session

    def worker_teardown(self, worker_ctx: Any) -> None:
        """Close it."""
        self.sessions.pop(worker_ctx).close()
