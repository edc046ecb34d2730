"""Runs of the program that do without its start: a process that has imported planrun forks one for each run.

What a run meets is what it would meet in a process of its own: its folder, environment, streams, and an end as any
other. But most of the time of a short run goes into imports, and the tests make more than a thousand such runs. What is
asked of the start itself (imports, encodings, other settings of Python) gets a process of its own.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import socket
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import planrun

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECONDS = 300
"""How long a run may take."""

_ERRORS = {"PYTHONWARNINGS": "error"}
_OF_THE_START = ("PYTHON", "LC_", "LANG")
_LARGEST = 1 << 17


def run(folder: Path, environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``planrun ARGUMENTS`` in a folder to its end, with nothing on stdin; a warning of Python is an error."""
    given = {**environment, **_ERRORS}
    if _starts_otherwise(given):
        return python(folder, given, "-m", "planrun", *arguments)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        code = _forks().ask({"folder": str(folder), "environment": given, "arguments": arguments}, out, err)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(["planrun", *arguments], code, out.read(), err.read())


def python(folder: Path, environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, likewise."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**environment, **_ERRORS},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def _starts_otherwise(environment: Mapping[str, str]) -> bool:
    ours = os.environ | _ERRORS
    names = [name for name in environment.keys() | ours.keys() if name.startswith(_OF_THE_START)]
    return any(environment.get(name) != ours.get(name) for name in names)


# --- on our side -------------------------------------------------------------------------------


@cache
def _forks() -> _Forks:
    return _Forks()


class _Forks:
    """The process that forks. It ends when its socket is closed, as it is when we end, however that comes."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(SECONDS)
        with theirs:
            command = [sys.executable, __file__, str(theirs.fileno())]
            self._process = subprocess.Popen(
                command, env=os.environ | _ERRORS, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
            )

    def ask(self, request: Mapping[str, object], *streams: tempfile._TemporaryFileWrapper[str]) -> int:
        """Return the exit code of a run that writes to the streams."""
        socket.send_fds(self._socket, [json.dumps(request).encode()], [stream.fileno() for stream in streams])
        answer = self._socket.recv(_LARGEST)
        assert answer, "the process that forks has ended"
        return int(answer)


# --- on its side -------------------------------------------------------------------------------


def _serve(requests: socket.socket) -> None:
    """Fork once for each request. The child returns as the run that was asked for, and begins."""
    while True:
        message, streams, _, _ = socket.recv_fds(requests, _LARGEST, 2)
        if not message:
            sys.exit()
        child = os.fork()
        if not child:
            requests.close()
            return _become(streams, **json.loads(message))
        for stream in streams:
            os.close(stream)
        _, status = os.waitpid(child, 0)
        requests.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(streams: list[int], folder: str, environment: dict[str, str], arguments: list[str]) -> None:
    for stream, number in zip(streams, (1, 2), strict=True):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments


def _import_all() -> None:
    for module in pkgutil.walk_packages(planrun.__path__, "planrun."):
        if module.name != "planrun.__main__":
            import_module(module.name)
    gc.collect()
    gc.freeze()  # or each child copies what the collector visits


if __name__ == "__main__":
    _import_all()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    import_module("planrun.cli").main()
