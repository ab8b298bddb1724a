"""A service under test as a process of its own: started, watched, stopped or killed."""

import atexit
import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.support.packs import packs
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE")
_TAIL = 80  # lines of log shown when something went wrong


class ServiceProcess:
    """`python -m <args>` in the repository's root, with only the settings given and few examples.

    Ready when `ready_line` is in its log, or when `ready_url` answers 200, or both; with neither,
    as soon as it is started. Its standard output and error go to `log` (unless named, a temporary
    file that goes when the tests end); a failure shows the end of it. It may be started again
    after `stop()` or `kill9()`; the log goes on.

        with ServiceProcess(["services"], env, ready_url=f"{url}/healthz") as service:
            ...
            service.kill9()
            service.start()
    """

    def __init__(
        self,
        args: Sequence[str],
        env: Mapping[str, str],
        *,
        ready_line: str | None = None,
        ready_url: str | None = None,
        log: Path | None = None,
        deadline: float = 180.0,
    ) -> None:
        self.args = [sys.executable, "-m", *args]
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.env = {**kept, "PYTHONUNBUFFERED": "1", "DISTRICTS_DIR": str(packs()), **env}
        self.ready_line = ready_line
        self.ready_url = ready_url
        self.deadline = deadline
        self.log = log or _new_log()
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int:
        """The process id; fails where it was never started."""
        return self._started().pid

    @property
    def running(self) -> bool:
        """Whether the process runs now."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start it without waiting."""
        if self.running:
            raise RuntimeError(f"{self.args} runs already, as process {self.pid}")
        self.log.touch()
        self._log_start = self.log.stat().st_size
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.args,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        atexit.register(_end_leftover, self._process)

    def wait_ready(self) -> None:
        """Wait until it is ready; fail with the log's tail when it ends or takes too long."""
        try:
            wait_until(self._is_ready, self.deadline, f"{self.args} is ready")
        except BaseException:
            self._show_tail()
            raise

    def stop(self, deadline: float = 90.0) -> int:
        """Send SIGTERM, wait for the end and return the exit code."""
        process = self._started()
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(deadline)
            except subprocess.TimeoutExpired:
                self.kill9()
                self._show_tail()
                raise AssertionError(f"{self.args} did not end on SIGTERM") from None
        return process.returncode

    def kill9(self) -> None:
        """Send SIGKILL to it and all it started, and wait for the end."""
        process = self._started()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def restart(self) -> None:
        """Stop it in an orderly way and start it again."""
        self.stop()
        self.start()

    def log_text(self) -> str:
        """Return everything it has printed, over all its starts."""
        return self.log.read_text(errors="replace")

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._show_tail()
            self._end()
            return
        try:
            self.stop()
        finally:
            self._end()

    def _end(self) -> None:
        if self._process is not None:
            self.kill9()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"{self.args} was never started")
        return self._process

    def _is_ready(self) -> bool:
        code = self._started().poll()
        if code is not None:
            raise AssertionError(f"{self.args} ended with {code} before it was ready")
        since = self.log.read_bytes()[self._log_start :].decode(errors="replace")
        if self.ready_line is not None and self.ready_line not in since:
            return False
        return self.ready_url is None or answers(self.ready_url)

    def _show_tail(self) -> None:
        lines = self.log_text().splitlines()[-_TAIL:]
        heading = f"--- last lines of {' '.join(self.args[1:])} ---"
        print(heading, *lines, "---", sep="\n")


def _end_leftover(process: subprocess.Popen[bytes]) -> None:
    """End what a test left running, when the tests end."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@functools.cache
def _log_directory() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="baitong-services-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def _new_log() -> Path:
    handle, name = tempfile.mkstemp(suffix=".log", dir=_log_directory())
    os.close(handle)
    return Path(name)


def answers(url: str) -> bool:
    """Tell whether `url` answers 200, without any proxy."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=5)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
