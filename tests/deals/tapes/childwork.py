"""Work that a limited child must not be able to do."""

import os
import socket
import subprocess
import time


def eat_memory(_request, _progress):
    return {"bytes": len(bytearray(2_000_000_000))}


def spin(_request, _progress):
    while True:
        pass


def sleep(_request, _progress):
    time.sleep(60)


def fail(_request, _progress):
    return {"never": 1 / 0}


def reach_out(_request, _progress):
    found = {"secret": os.environ.get("SECRET_KEY")}
    try:
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    except PermissionError:
        found["socket"] = "refused"
    try:
        subprocess.run(["/bin/true"], check=False)
    except PermissionError:
        found["program"] = "refused"
    return found
