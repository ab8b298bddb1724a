"""RabbitMQ and PostgreSQL from the system's packages, as processes of our own.

Free ports on 127.0.0.1, private data directories, nothing of the system's own configuration. The
servers refuse or dislike root: as root they run as the users their packages made.
"""

import getpass
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.support.brokers import PASSWORD, USER, Postgres, Rabbit
from tests.support.ports import free_port
from tests.support.processes import ROOT
from tests.support.waiting import wait_until

_RABBIT_BIN = Path("/usr/lib/rabbitmq/bin")
_POSTGRES_BINS = Path("/usr/lib/postgresql")
_STOP_WITHIN = 60.0


def _missing(program: str) -> RuntimeError:
    return RuntimeError(
        f"Tests need Docker, or RabbitMQ and PostgreSQL from the system's packages, and there is "
        f"no {program} here. `make test` installs them where it may; so does "
        f"tools/install_brokers.sh (Debian packages rabbitmq-server and postgresql)."
    )


class _Home:
    """A private directory and the user whose processes may write there."""

    def __init__(self, service_user: str) -> None:
        as_root = os.geteuid() == 0
        self.user = service_user if as_root else getpass.getuser()
        self.path = Path(tempfile.mkdtemp(prefix=f"baitong-{service_user}-"))
        if as_root:
            account = pwd.getpwnam(service_user)
            os.chown(self.path, account.pw_uid, account.pw_gid)
        self._identity: dict[str, Any] = (
            {"user": service_user, "group": account.pw_gid, "extra_groups": []} if as_root else {}
        )

    def spawn(self, *command: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
        """Start a server in a session of its own; its output goes to a log in the directory."""
        with (self.path / "output.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.path,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._identity,
            )

    def run(self, *command: str, env: dict[str, str]) -> str:
        """Run a tool to its end and return what it prints."""
        done = subprocess.run(
            command,
            cwd=self.path,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **self._identity,
        )
        if done.returncode != 0:
            raise RuntimeError(
                f"{' '.join(command)} ended with {done.returncode}: {done.stdout}{done.stderr}"
            )
        printed: str = done.stdout
        return printed

    def take(self, folder: Path) -> Path:
        """Copy a folder's files here, for the servers alone; returns where they are."""
        kept = self.path / folder.name
        shutil.copytree(folder, kept)
        for path in (kept, *kept.iterdir()):
            if self._identity:
                shutil.chown(path, self._identity["user"], self._identity["group"])
        return kept

    def log(self) -> str:
        """Return the end of what the servers printed."""
        path = self.path / "output.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def _end(process: subprocess.Popen[bytes] | None, number: int) -> None:
    """Send a signal to a server and wait for its end; kill what will not end."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(number)
    try:
        process.wait(_STOP_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _kill_with_descendants(process: subprocess.Popen[bytes]) -> None:
    """Send SIGKILL to a process and everything it started, whatever session that is in."""
    family = [process.pid, *_descendants(process.pid)]
    for pid in family:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()
    wait_until(
        lambda: not any(_is_alive(pid) for pid in family),
        _STOP_WITHIN,
        f"processes {family} have ended",
    )


def _descendants(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    children = [int(child) for child in text.split()]
    return children + [below for child in children for below in _descendants(child)]


def _is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return re.match(r"\d+ \(.*\) [ZX]", status) is None


def _environment(**settings: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **settings}


class LocalRabbit(Rabbit):
    """RabbitMQ from the package rabbitmq-server, with an Erlang port mapper of its own."""

    def __init__(self, certificates: Path | None = None) -> None:
        if not (_RABBIT_BIN / "rabbitmq-server").exists():
            raise _missing("rabbitmq-server")
        super().__init__(free_port(), free_port())
        self._home = _Home("rabbitmq")
        self._epmd: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        base = self._home.path
        self._epmd_port = str(free_port())
        self._env = _environment(
            HOME=str(base),  # the Erlang cookie
            ERL_EPMD_PORT=self._epmd_port,
            ERL_EPMD_ADDRESS="127.0.0.1",
            RABBITMQ_NODENAME=f"baitong{self.port}@localhost",
            RABBITMQ_NODE_IP_ADDRESS="127.0.0.1",
            RABBITMQ_NODE_PORT=str(self.port),
            RABBITMQ_DIST_PORT=str(free_port()),
            RABBITMQ_CONF_ENV_FILE=str(base / "none.conf"),  # not the system's
            RABBITMQ_CONFIG_FILE=str(base / "rabbitmq.conf"),
            RABBITMQ_ADVANCED_CONFIG_FILE=str(base / "advanced.config"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(base / "enabled_plugins"),
            RABBITMQ_MNESIA_BASE=str(base / "data"),
            RABBITMQ_SCHEMA_DIR=str(base / "schema"),
            RABBITMQ_GENERATED_CONFIG_DIR=str(base / "config"),
            RABBITMQ_LOG_BASE=str(base / "log"),
            RABBITMQ_PID_FILE=str(base / "pid"),
        )
        (base / "rabbitmq.conf").write_text(
            f"default_user = {USER}\n"
            f"default_pass = {PASSWORD}\n"
            f"management.tcp.ip = 127.0.0.1\n"
            f"management.tcp.port = {self.management_port}\n"
            + (self._tls(certificates) if certificates else "")
        )
        (base / "enabled_plugins").write_text("[rabbitmq_management].\n")

    def _tls(self, certificates: Path) -> str:
        """What deploy/tls.yml adds, with the key where this server may read it."""
        kept = self._home.take(certificates)
        text = (ROOT / "deploy/rabbitmq/tls.conf").read_text()
        return text.replace("/run/tls", str(kept)).replace("5671", f"127.0.0.1:{self.tls_port}")

    def rabbitmqctl(self, *args: str) -> str:
        """Run rabbitmqctl as the user the broker runs as."""
        return self._home.run(str(_RABBIT_BIN / "rabbitmqctl"), *args, env=self._env)

    def _launch(self) -> None:
        if self._epmd is None:
            command = ("epmd", "-port", self._epmd_port, "-address", "127.0.0.1")
            self._epmd = self._home.spawn(*command, env=self._env)
        self._server = self._home.spawn(str(_RABBIT_BIN / "rabbitmq-server"), env=self._env)

    def _check(self) -> bool:
        _still_runs(self._server, self._home)
        return super()._check()

    def _halt(self) -> None:
        _end(self._server, signal.SIGTERM)

    def _slay(self) -> None:
        if self._server is not None:
            _kill_with_descendants(self._server)

    def _remove(self) -> None:
        self._slay()
        _end(self._epmd, signal.SIGTERM)
        self._home.remove()


class LocalPostgres(Postgres):
    """PostgreSQL from the package postgresql, the newest version installed."""

    def __init__(self) -> None:
        found = sorted(_POSTGRES_BINS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
        if not found:
            raise _missing("PostgreSQL server")
        super().__init__(free_port())
        self._bin = found[-1].parent
        self._home = _Home("postgres")
        self._data = self._home.path / "data"
        self._server: subprocess.Popen[bytes] | None = None
        self._env = _environment(HOME=str(self._home.path))

    def _launch(self) -> None:
        if not self._data.exists():
            secret = self._home.path / "password"
            secret.write_text(PASSWORD)
            self._home.run(
                str(self._bin / "initdb"),
                f"--pgdata={self._data}",
                f"--username={USER}",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                env=self._env,
            )
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "300",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._server = self._home.spawn(
            str(self._bin / "postgres"), "-D", str(self._data), *options, env=self._env
        )

    def _check(self) -> bool:
        _still_runs(self._server, self._home)
        return super()._check()

    def _halt(self) -> None:
        _end(self._server, signal.SIGINT)  # PostgreSQL's "fast" shutdown: clients are cut off

    def _slay(self) -> None:
        if self._server is not None:
            _kill_with_descendants(self._server)

    def _remove(self) -> None:
        self._slay()
        self._home.remove()


def _still_runs(server: subprocess.Popen[bytes] | None, home: _Home) -> None:
    if server is not None and server.poll() is not None:
        raise RuntimeError(f"{server.args!r} ended with {server.returncode}:\n{home.log()}")
