"""The embedded run, as `make run` starts it, on a data folder of its own."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.ports import free_port
from tests.support.processes import ServiceProcess
from tests.support.waiting import wait_until
from tools.client import Baitong


class Run:
    """One embedded run, with further variables if given; `process` starts, stops and kills it."""

    def __init__(self, data: Path, **env: str) -> None:
        self.data = data
        port = free_port()
        self.env = {"DATA_DIR": str(data), "PORT": str(port), **env}
        self.baitong = Baitong(f"http://127.0.0.1:{port}")
        ready = f"Baitong is ready: http://127.0.0.1:{port}"
        self.process = ServiceProcess(["services"], self.env, ready_line=ready)

    def command(self, *args: str, program: str = "services", **env: str) -> tuple[int, str]:
        """A command on the same data: exit status and what it said."""
        process = ServiceProcess([program, *args], self.env | env)
        process.launch()
        wait_until(lambda: not process.running, 600, f"{program} {args} ended")
        return process.stop(), process.log_text()

    def stored(self) -> dict[str, list[str]]:
        """Every row of every table, whatever the files look like."""
        return {file.name: _dump(file) for file in sorted(self.data.glob("*.sqlite"))}

    def close(self) -> None:
        """End what runs."""
        if self.process.running:
            self.process.kill9()


def _dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())
