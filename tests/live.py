"""The whole site as it runs: supervisor, web, workers and scheduler, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from script.private_servers import free_port

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 600.0


def wait_until(is_so: Callable[[], Any], seconds: float, what: str) -> Any:
    """Ask every tenth of a second until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = is_so()
        if found:
            return found
        time.sleep(0.1)
    msg = f"{what}: not so after {seconds:.0f} seconds."
    raise AssertionError(msg)


class LiveSite:
    """One site on a private port: `start`, ask it over HTTP or through `ask`, `stop`.

    Without URLs it stands on SQLite and the file system, as `script/server` does on a laptop.
    """

    def __init__(
        self, folder: Path, *, database_url: str = "", broker_url: str = "", **environment: str
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PYTEST")},
            "VAR_DIR": str(folder),
            "SECRET_KEY": "of a site that lives as long as its test " * 2,
            "HTTPS": "0",
            **({"DATABASE_URL": database_url} if database_url else {}),
            **({"BROKER_URL": broker_url} if broker_url else {}),
            **environment,
        }
        self.supervisor: subprocess.Popen[bytes] | None = None
        self.driver: subprocess.Popen[str] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    # ------------------------------------------------------------------ life

    def migrate(self) -> None:
        self.manage("migrate", "--verbosity=0", "--noinput")

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def start(self, *options: str, is_set_up: bool = True) -> None:
        """Start the supervisor and wait until the site answers."""
        setup = ["--no-setup"] if is_set_up else []
        with (self.folder / "supervisor.log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "script/supervise.py", "--port", str(self.port), *setup, *options],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self.is_ready, READY_SECONDS, f"The site answers (see {self.folder})")

    def is_ready(self) -> bool:
        if self.supervisor is None or self.supervisor.poll() is not None:
            msg = f"The supervisor ended: {(self.folder / 'supervisor.log').read_text()[-2000:]}"
            raise AssertionError(msg)
        try:
            with urllib.request.urlopen(self.address + "/health/", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self, sign: signal.Signals = signal.SIGINT) -> None:
        if self.driver is not None:
            self.driver.stdin.close()
            self.driver.wait(10)
            self.driver.stdout.close()
            self.driver = None
        if self.supervisor is not None:
            self.supervisor.send_signal(sign)
            self.supervisor.wait(30)
            self.supervisor = None

    # ------------------------------------------------------------------ processes

    def child(self, name: str) -> psutil.Process:
        """Return the leading process of one child: web, worker-control, worker-compute, scheduler."""
        marks = {
            "web": "gunicorn",
            "worker-control": "--queues=control",
            "worker-compute": "--queues=compute",
            "scheduler": "beat",
        }
        for process in psutil.Process(self.supervisor.pid).children():
            if any(marks[name] in part for part in process.cmdline()):
                return process
        msg = f"No process {name} is running."
        raise AssertionError(msg)

    def processes(self) -> list[psutil.Process]:
        """Return the supervisor and everything below it."""
        top = psutil.Process(self.supervisor.pid)
        return [top, *top.children(recursive=True)]

    # ------------------------------------------------------------------ questions

    def ask(self, what: str, **details: Any) -> Any:
        """Ask the site's own code (tests/faults/driver.py), in a process that keeps running."""
        if self.driver is None:
            self.driver = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.faults.driver"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        self.driver.stdin.write(json.dumps({"what": what, **details}) + "\n")
        self.driver.stdin.flush()
        line = self.driver.stdout.readline()
        if not line:
            msg = f"The driver ended when asked {what!r}."
            raise AssertionError(msg)
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["answer"]
