"""PostgreSQL and Redis for tests: started on private ports in a folder of their own, then ended.

    python script/private_servers.py COMMAND ...   runs COMMAND with DATABASE_URL and BROKER_URL set

Standard library only. PostgreSQL refuses to run as root, so root starts it as another user.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

STARTING_SECONDS = 30.0


class ServerMissing(RuntimeError):  # noqa: N818  what is missing is the message
    """A server program is not installed; the message names its Debian package."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PostgreSQL:
    """A PostgreSQL server with an empty database, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.data = folder / "postgresql"
        self.log = folder / "postgresql.log"
        self.user = _unprivileged() if os.geteuid() == 0 else None
        self.process: subprocess.Popen[bytes] | None = None
        self.data.mkdir()
        self._hand_over(folder)
        self._run("initdb", "--auth=trust", "--username=ratings", "--encoding=UTF8", "--no-sync")

    @property
    def url(self) -> str:
        return f"postgresql://ratings@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [
                    *[_program("postgres"), "-D", str(self.data), "-p", str(self.port)],
                    *["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
                    *["-c", "max_connections=100"],
                ],
                stdout=log,
                stderr=log,
                user=self.user,
                group=self._group(),
                extra_groups=[] if self.user else None,
                start_new_session=True,
            )
        _wait_for_port(self.port, self.process)

    def kill(self) -> None:
        """End the server as a power cut would."""
        _kill_session(self.process)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        _kill_session(self.process)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603
            [_program(program), "-D", str(self.data), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self.user,
            group=self._group(),
            extra_groups=[] if self.user else None,
        )

    def _group(self) -> int | None:
        return pwd.getpwnam(self.user).pw_gid if self.user else None

    def _hand_over(self, folder: Path) -> None:
        if self.user is None:
            return
        folder.chmod(0o755)
        shutil.chown(self.data, self.user, self._group())
        self.data.chmod(0o700)


class Redis:
    """A Redis server that keeps its messages over a restart, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.data = folder / "redis"
        self.log = folder / "redis.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.data.mkdir()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [
                    *[_program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"],
                    *["--dir", str(self.data), "--appendonly", "yes", "--save", ""],
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _wait_for_port(self.port, self.process)

    def kill(self, *, empty: bool = False) -> None:
        """End the server as a power cut would; `empty`: and lose what it had written."""
        _kill_session(self.process)
        if empty:
            shutil.rmtree(self.data)
            self.data.mkdir()

    def stop(self) -> None:
        _kill_session(self.process)


@contextlib.contextmanager
def private_servers() -> Iterator[tuple[PostgreSQL, Redis]]:
    """Start both servers, and leave neither process nor file behind."""
    with tempfile.TemporaryDirectory(prefix="ratings-servers-", dir="/tmp") as name:
        folder = Path(name)
        servers = PostgreSQL(folder), Redis(folder)
        try:
            for server in servers:
                server.start()
            yield servers
        finally:
            for server in servers:
                server.stop()


def _program(name: str) -> str:
    """Find a server program, also where Debian keeps it off the path."""
    found = shutil.which(name) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None
    )
    if found is None:
        package = "redis-server" if name == "redis-server" else "postgresql"
        msg = f"{name} is not installed: apt-get install {package}"
        raise ServerMissing(msg)
    return found


def _unprivileged() -> str:
    """Return a user that PostgreSQL may run as."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    msg = "PostgreSQL must not run as root, and there is no other user to run it as."
    raise ServerMissing(msg)


def _wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    msg = f"The server for port {port} did not start (exit code {process.poll()})."
    raise RuntimeError(msg)


def _kill_session(process: "subprocess.Popen[bytes] | None") -> None:
    if process is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave through `finally`
    with private_servers() as (postgresql, redis):
        environment = dict(os.environ, DATABASE_URL=postgresql.url, BROKER_URL=redis.url)
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    raise SystemExit(main())
