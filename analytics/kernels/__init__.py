"""Compiled loops over paths, loans and periods: arrays and scalars only.

Compiled code is kept on disk in a folder whose name holds a hash of every kernel's source, so a
change in one kernel file never meets stale machine code of another (numba itself only looks at the
file that holds the function). The folder is set here, before any kernel of this package compiles.
"""

import hashlib
import os
import sys
import tempfile
from pathlib import Path

import numba

KERNELS = Path(__file__).parent


def kernel_version() -> str:
    """Return twelve hex digits that change with any kernel's source, Python or numba."""
    digest = hashlib.sha256(f"{numba.__version__} {sys.version_info[:2]}".encode())
    for source in sorted(KERNELS.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:12]


def cache_folder() -> Path:
    """Return the folder of compiled kernels, made for this user alone.

    `NUMBA_CACHE_DIR` decides when set; then the user's cache folder. Where neither can be written
    (a service user without a home) the code lives in a fresh temporary folder and is compiled anew
    by each process: slow, never wrong.
    """
    asked = os.environ.get("NUMBA_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    root = Path(asked) if asked else Path(home).expanduser() / "npl-ratings" / "numba"
    folder = root / f"kernels-{kernel_version()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return Path(tempfile.mkdtemp(prefix="npl-ratings-kernels-"))
    return folder if os.access(folder, os.W_OK) else Path(tempfile.mkdtemp(prefix="npl-kernels-"))


setattr(numba.config, "CACHE_DIR", str(cache_folder()))  # noqa: B010 - unknown to its type stubs
