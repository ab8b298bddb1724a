"""HTTP inside the nameko container: a Flask application in the container's own greenlets."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import eventlet
import eventlet.wsgi
import structlog
from flask import Flask
from nameko.extensions import DependencyProvider
from werkzeug.wsgi import ClosingIterator

from shared.db import Unavailable
from shared.routes import service_for
from shared.runtime import Runtime, RuntimeExtension
from shared.web.app import HEALTH, health_check
from shared.web.context import web_of
from shared.web.i18n import msgid
from shared.web.problem import Problem, map_error

log = structlog.get_logger(__name__)

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
MOST_CONNECTIONS = 1000
IDLE_SECONDS = 75
GRACE_SECONDS = 10
"""How long a stop waits for requests under way."""


class Site(DependencyProvider):  # type: ignore[misc]
    """A service's API and pages.

    Deployed, the container listens on its own address. Embedded, the application is handed to the
    gateway, which serves all four from one port.

    Args:
        create_app: makes the Flask application from the service's runtime.
    """

    shared = RuntimeExtension()

    def __init__(self, create_app: Callable[[Runtime], Flask]) -> None:
        self._create_app = create_app
        self._server: Server | None = None

    def setup(self) -> None:
        """Make the application; what is wrong with it stops the start."""
        runtime = self.shared.runtime
        self.app = self._create_app(runtime)
        map_error(self.app, Unavailable, _try_again)
        health_check(self.app, "database", lambda: _ask_database(runtime))
        health_check(self.app, "bus", runtime.transport.check)

    def start(self) -> None:
        """Serve."""
        applications: dict[str, Flask] | None = self.container.config.get("applications")
        if applications is not None:
            applications[self.container.service_name] = self.app
            return
        self._server = Server(self.app.wsgi_app, self.shared.runtime.settings.address)
        self.container.spawn_managed_thread(self._server.run)

    def stop(self) -> None:
        """Accept nothing new; finish what is under way."""
        if self._server is not None:
            self._server.stop()


class Server:
    """A WSGI server on one address.

    Raises:
        OSError: (when made) the address is taken.
    """

    def __init__(self, application: Wsgi, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._application = application
        self._socket = eventlet.listen((host, int(port)), reuse_port=False)
        self._pool = eventlet.GreenPool(MOST_CONNECTIONS)
        self._under_way = 0

    def run(self) -> None:
        """Serve until stopped."""
        eventlet.wsgi.server(
            self._socket,
            self._counted,
            custom_pool=self._pool,
            log=logging.getLogger("baitong.http"),
            log_output=False,
            debug=False,
            socket_timeout=IDLE_SECONDS,
        )

    def stop(self) -> None:
        """Close the door and answer those inside; idle connections end with the process."""
        self._socket.close()
        with eventlet.Timeout(GRACE_SECONDS, exception=False):
            while self._under_way:
                eventlet.sleep(0.02)

    def _counted(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        self._under_way += 1
        try:
            answer = self._application(environ, start_response)
        except BaseException:
            self._answered()
            raise
        return ClosingIterator(answer, self._answered)

    def _answered(self) -> None:
        self._under_way -= 1


def gateway(applications: Mapping[str, Flask]) -> Wsgi:
    """One application that gives each request to the service whose prefix it has.

    Whoever answers ``/healthz`` answers for all of them, each check named after its service.
    """
    answering = applications[service_for(HEALTH)]
    for service, app in applications.items():
        if app is not answering:
            for name, check in web_of(app).health_checks.items():
                health_check(answering, f"{service}.{name}", check)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        service = service_for(environ.get("PATH_INFO", "/"))
        return applications[service].wsgi_app(environ, start_response)

    return application


def _try_again(error: Unavailable) -> Problem:
    # The reason may name hosts and users: it belongs in the log, not before a resident.
    log.warning("database_unavailable", error=str(error))
    return Problem(
        503,
        "unavailable",
        msgid("暂时不能使用"),
        detail=msgid("请稍后再试；急事请到窗口或拨打 12345。"),
        headers={"Retry-After": "5"},
    )


def _ask_database(runtime: Runtime) -> None:
    with runtime.database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
