"""Keep the web server, the workers and the scheduler running as children of one process.

Standard library only. Each child leads a session of its own, so that ending it ends what it
forked. A child that dies is started again, with growing pauses when it keeps dying.
"""

import argparse
import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_PORT = 8000
LONGEST_PAUSE = 30.0  # seconds between starts of a child that keeps dying
STEADY = 20.0  # seconds alive after which a child's earlier deaths are forgotten
TRUE = {"1", "true", "yes", "on", "y", "t"}
GRACE = 8.0  # seconds that children have to end by themselves
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One process of the site, and how often it has died of late."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_after: float = field(default=0.0)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  our own commands
                self.command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509  one system call, no lock
            )
        self.started_at = time.monotonic()

    def look_after(self) -> None:
        """Start the child when it is due; notice its death and plan the next start."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_after:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        self.end_group(signal.SIGKILL)  # what it forked must not work on without it
        self.deaths = 1 if now - self.started_at > STEADY else self.deaths + 1
        pause = min(LONGEST_PAUSE, 0.5 * 2 ** (self.deaths - 1))
        say(f"{self.name} ended with {code}; started again in {pause:.1f} s (see {self.log}).")
        self.process, self.start_after = None, now + pause

    def end_group(self, sign: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)


def _end_with_parent() -> None:
    """Ask the kernel to end this child when its supervisor is gone, however it went."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    options = read_options()
    var = Path(os.environ.get("VAR_DIR", ROOT / "var"))
    (var / "log").mkdir(parents=True, exist_ok=True)
    lock = hold_lock(var)
    if lock is None:
        say(f"Another server already runs on {var}. End it, or set VAR_DIR to another folder.")
        return 1
    port = free_port(options.host, options.port)
    if port is None:
        say(f"Port {options.port} is taken. Choose another with --port.")
        return 1
    if not options.no_setup and not prepare():
        return 1
    return supervise(children(options.host, port, var), f"http://{options.host}:{port}/")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Start the rating system on this machine.")
    wanted = os.environ.get("PORT")
    parser.add_argument("--port", type=int, default=int(wanted) if wanted else None)
    parser.add_argument("--host", default=os.environ.get("HOST_ADDRESS", "127.0.0.1"))
    parser.add_argument("--no-setup", action="store_true", help="everything is set up already")
    return parser.parse_args()


def hold_lock(var: Path) -> IO[str] | None:
    """Return the held lock of a var folder, or None when another server holds it."""
    lock = (var / "server.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    return lock


def free_port(host: str, wanted: int | None) -> int | None:
    """Return the wanted port when it is free; without a wish the first free one from 8000."""
    for port in [wanted] if wanted else range(DEFAULT_PORT, DEFAULT_PORT + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    return None


def prepare() -> bool:
    """Bring database, static files and demonstration up to date."""
    steps = [
        ("database", ["migrate", "--verbosity=0", "--noinput"]),
        ("pages", ["collectstatic", "--verbosity=0", "--noinput"]),
    ]
    if os.environ.get("DEMO", "").lower() in TRUE:
        steps.append(("demonstration", ["load_demo"]))
    for name, arguments in steps:
        say(f"Setting up: {name}")
        done = subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, check=False)  # noqa: S603
        if done.returncode:
            say(f"Setting up the {name} failed; the server was not started.")
            return False
    return True


def children(host: str, port: int, var: Path) -> list[Child]:
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "ratings_site"]
    worker = [*celery, "worker", "--without-mingle", "--without-gossip", "--loglevel=WARNING"]
    name = f"{port}@%h"
    web = [
        *[python, "-m", "gunicorn", "ratings_site.wsgi", "--bind", f"{host}:{port}"],
        *["--worker-class", "gthread", "--workers", os.environ.get("WEB_WORKERS", "2")],
        *["--threads", "4", "--timeout", "60", "--graceful-timeout", "5"],
    ]
    compute = ["--queues=compute", "--concurrency=1", f"--hostname=compute-{name}"]
    control = ["--queues=control", "--concurrency=2", f"--hostname=control-{name}"]
    beat = ["beat", "--scheduler=ratings_site.jobs.scheduler:SweepingScheduler", "--pidfile="]
    commands = {
        "web": web,
        "worker-control": [*worker, *control],
        "worker-compute": [*worker, *compute],
        "scheduler": [*celery, *beat, "--loglevel=WARNING"],
    }
    log = var / "log"
    return [Child(name, command, log / f"{name}.log") for name, command in commands.items()]


def supervise(family: list[Child], address: str) -> int:
    """Keep the children alive until a signal asks to stop, then end them all."""
    asked: list[int] = []
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda number, _frame: asked.append(number))
    announced = False
    try:
        while not asked:
            for child in family:
                child.look_after()
            if not announced and answers(address + "health/"):
                announced = True
                say(f"Ready: {address}   (Ctrl-C ends it)")
            time.sleep(0.2)
    finally:
        end(family)
    say("Ended.")
    return 0


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310  our own address
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def end(family: list[Child]) -> None:
    """Ask every child to end; after the grace time, or when it ended, clear its whole session."""
    for child in family:
        if child.process is not None:
            child.process.terminate()
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and any(_alive(child) for child in family):
        time.sleep(0.1)
    for child in family:
        child.end_group(signal.SIGKILL)
        if child.process is not None:
            child.process.wait()


def _alive(child: Child) -> bool:
    return child.process is not None and child.process.poll() is None


if __name__ == "__main__":
    raise SystemExit(main())
