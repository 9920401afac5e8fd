"""A limited child process for work on untrusted bytes: memory, processor, time, no network.

The parent calls `run_limited`; the child is this module run as a program. They talk in lines of JSON:
a request down, progress and one result up. Whatever happens to the child becomes a `FileRefused` or
`ChildStopped`; it never takes the worker with it.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from deals.tapes.files.limits import Limits
from deals.tapes.files.refusal import FileRefused

ROOT = Path(__file__).resolve().parents[3]
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_POLL_SECONDS = 0.05
Progress = Callable[[float, str], None]


class ChildStopped(Exception):  # noqa: N818 - asked for by the caller
    """The caller's `is_cancelled` became true; the child was ended."""


def run_limited(
    target: str,
    request: Mapping[str, Any],
    limits: Limits,
    progress: Progress = lambda _share, _step: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Run `target` ("module:function") on `request` in a child under `limits`; give its result.

    The function takes the request and a progress callback, and returns JSON.
    """
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "deals.tapes.files.child", target],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=_environment(),
        start_new_session=True,
    )
    assert child.stdin is not None  # noqa: S101 - asked for above
    try:
        child.stdin.write(
            json.dumps({"limits": limits.as_json(), "request": dict(request)}).encode()
        )
        child.stdin.close()
    except BrokenPipeError:
        pass  # ended early: the wait below says how
    try:
        return _await(child, limits, progress, is_cancelled)
    finally:
        _end(child)


def _environment() -> dict[str, str]:
    """Nothing of the parent's settings or secrets: only what the interpreter needs."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "LC_ALL", "TMPDIR")
        if name in os.environ
    }
    return kept | {
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "POLARS_MAX_THREADS": "2",
        "RAYON_NUM_THREADS": "2",
        "MALLOC_ARENA_MAX": "2",
    }


def _await(
    child: subprocess.Popen[bytes],
    limits: Limits,
    progress: Progress,
    is_cancelled: Callable[[], bool],
) -> dict[str, Any]:
    deadline = time.monotonic() + limits.wall_seconds
    result: dict[str, Any] | None = None
    for line in _lines(child):
        if line is not None:
            result = _hear(json.loads(line), progress) or result
        if time.monotonic() > deadline:
            raise FileRefused(rule="too_much_time")
        if _resident_bytes(child.pid) > limits.memory_bytes:
            raise FileRefused(rule="too_much_memory")
        if is_cancelled():
            raise ChildStopped
    code = child.wait(timeout=5)
    if result is not None:
        return result
    # A native library that is denied memory aborts: nothing else in the child does.
    out_of_time = code in {-signal.SIGXCPU, -signal.SIGKILL}
    raise FileRefused(rule="too_much_time" if out_of_time else "too_much_memory")


def _lines(child: subprocess.Popen[bytes]) -> Iterator[bytes | None]:
    """Give each line the child writes, and None now and then while it is silent."""
    assert child.stdout is not None  # noqa: S101 - asked for by run_limited
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(_POLL_SECONDS):
                yield None
                continue
            chunk = os.read(child.stdout.fileno(), 1 << 16)
            if not chunk:
                return
            *lines, pending = (pending + chunk).split(b"\n")
            yield from lines


def _hear(line: dict[str, Any], progress: Progress) -> dict[str, Any] | None:
    if "progress" in line:
        progress(float(line["progress"]), str(line["step"]))
        return None
    if "refused" in line:
        raise FileRefused(rule=line["refused"], **line["params"])
    result: dict[str, Any] = line["result"]
    return result


def _resident_bytes(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * resource.getpagesize()


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _without_network() -> None:
    """Leave the network: a namespace of one's own where the system permits, no sockets in any case."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.unshare(_NEW_USER | _NEW_NETWORK)

    def deny(event: str, _arguments: object) -> None:
        if event.startswith(
            ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn")
        ):
            raise PermissionError(event)

    sys.addaudithook(deny)


def _limit(limits: Limits) -> None:
    """Bound processor time and memory. Address space counts from what the libraries map already."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.memory_bytes, limits.memory_bytes))
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    space = mapped + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (space, space))


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    _without_network()
    data = json.loads(sys.stdin.buffer.read())
    module, _, function = sys.argv[1].partition(":")
    run = getattr(importlib.import_module(module), function)
    limits = Limits(**data["limits"])
    _limit(limits)
    try:
        result = run(data["request"], lambda share, step: _say({"progress": share, "step": step}))
    except MemoryError:
        _say({"refused": "too_much_memory", "params": {}})
    except FileRefused as refusal:
        _say({"refused": refusal.rule, "params": refusal.params})
    except Exception as error:  # noqa: BLE001 - the last line of defence: a hostile file ends as a refusal
        _say({"refused": "cannot_be_read", "params": {"found": type(error).__name__}})
    else:
        _say({"result": result})


if __name__ == "__main__":
    main()
