"""Runs the programs of PostgreSQL that a dump is read with: fed through a pipe, ended with this process, heard out.

What they complain of goes to a file: a second pipe that nobody reads meanwhile could fill and block both sides.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from planrun.edges.backups import programs
from planrun.errors import StepFailed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Command = list[str | Path]
"""A program and its arguments; no secret is among them."""

_BLOCK = 1 << 20

# The program runs as long as somebody holds the other end of our pipe.
_WATCHDOG = """
exec 3<&0
"$@" </dev/null 3<&- & child=$!
{ IFS= read -r _ || kill -TERM "$child"; } <&3 3<&- >/dev/null 2>&1 & reader=$!
exec 3<&-
wait "$child"; status=$?
kill "$reader" 2>/dev/null
exit "$status"
"""


def conninfo(name: str) -> str:
    """Return a database's name so that no program takes it for a connection string."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"


@contextmanager
def _started(command: Command, environment: Mapping[str, str], *, stdin: int, stdout: int) -> Iterator[_Child]:
    with (
        tempfile.TemporaryFile() as complaints,
        programs.started(command, stdin=stdin, stdout=stdout, stderr=complaints, env=environment) as child,
    ):
        try:
            yield _Child(child, complaints)
        except BaseException:
            child.kill()
            raise


@frozen
class _Child:
    process: subprocess.Popen[bytes]
    complaints: IO[bytes]

    def ended(self, program: str | Path, name: str, secrets: Sequence[str]) -> None:
        code = self.process.wait()
        if code == 0:
            return
        self.complaints.seek(0)
        raise StepFailed(f"{name}: {programs.failure(program, code, self.complaints.read(), secrets)}")


def feed(
    command: Command,
    content: Iterator[bytes],
    environment: Mapping[str, str],
    secrets: Sequence[str],
    name: str,
) -> None:
    """Let a program read `content` from stdin, and wait for its end.

    Raises:
        StepFailed: it failed, or was killed.
        EnvironmentFault: it cannot be started; what `content` raises goes through, and the program is killed.
    """
    with _started(command, environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
        if child.process.stdin is None:
            raise AssertionError("it was asked for a pipe")
        _pour(content, child.process.stdin)
        child.ended(command[0], name, secrets)


def watch(command: Command, environment: Mapping[str, str], secrets: Sequence[str], name: str) -> None:
    """Let a program run that ends when this process does, however that ends; raises as `feed` does."""
    watched: Command = ["/bin/sh", "-c", _WATCHDOG, "planrun", *command]
    with _started(watched, environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
        child.ended(command[0], name, secrets)


def output(
    command: Command, content: Iterator[bytes] | None, environment: Mapping[str, str], name: str
) -> Iterator[bytes]:
    """Yield what a program writes to stdout while it reads `content`, if there is any; raises as `feed` does."""
    source = subprocess.DEVNULL if content is None else subprocess.PIPE
    with _started(command, environment, stdin=source, stdout=subprocess.PIPE) as child:
        feeder = _Feeder(content, child.process.stdin) if content is not None and child.process.stdin else None
        if child.process.stdout is None:
            raise AssertionError("it was asked for a pipe")
        try:
            while block := child.process.stdout.read(_BLOCK):
                yield block
        except GeneratorExit:
            child.process.kill()
            raise
        finally:
            if feeder is not None:
                feeder.join()
        if feeder is not None and feeder.error is not None:
            raise feeder.error
        child.ended(command[0], name, ())


class _Feeder(threading.Thread):
    """Feeds a program while its output is read."""

    def __init__(self, content: Iterator[bytes], sink: IO[bytes]) -> None:
        super().__init__(name="planrun feed", daemon=True)
        self.error: BaseException | None = None
        self._content = content
        self._sink = sink
        self.start()

    def run(self) -> None:
        try:
            _pour(self._content, self._sink)
        except BaseException as error:  # noqa: BLE001 - raised by the thread that reads
            self.error = error


def _pour(content: Iterator[bytes], sink: IO[bytes]) -> None:
    """Write content to a program, as far as it wants it: one that ends early says itself why."""
    with suppress(BrokenPipeError), sink:
        for block in content:
            rest = memoryview(block)
            while rest:
                rest = rest[sink.write(rest) :]
