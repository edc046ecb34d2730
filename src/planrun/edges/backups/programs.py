"""Runs pg_dump and pg_restore: their output, and what they say when they fail, without a secret in it."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import PurePath
from typing import IO, TYPE_CHECKING

from planrun.core.console import printable
from planrun.edges.backups import libpq
from planrun.errors import EnvironmentFault, StepFailed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from planrun.edges.backups.course import Course
    from planrun.edges.backups.tools import Tools

_BLOCK = 1 << 20
_LINES_OF_COMPLAINT = 20
_PRIVATE = 0o077
_COMPLAINT = re.compile(rb"pg_\w+: (?:error|warning|fatal): ")
TOC = re.compile(r"^; +TOC Entries: ([1-9]\d*)$", re.MULTILINE)
"""The line in the head of a listing that counts the entries of the archive: at least one."""


def output(command: Sequence[str | Path], settings: Mapping[str, str], course: Course) -> Generator[bytes, None, None]:
    """Run a program and yield what it writes, block by block; who stops reading ends it.

    Raises:
        StepFailed: it failed, or was killed.
        EnvironmentFault: it cannot be started.
    """
    environment = libpq.environment(settings)
    # A file takes any amount of stderr; a second pipe that nobody reads meanwhile could fill and block both.
    with tempfile.TemporaryFile() as complaints:
        with (
            started(command, stdout=subprocess.PIPE, stderr=complaints, env=environment) as child,
            course.ended_by(child.kill),
        ):
            try:
                while child.stdout is not None and (block := child.stdout.read(_BLOCK)):
                    course.advanced(len(block))
                    yield block
            except BaseException:  # a full disk or Ctrl-C: nobody reads on, so it must not go on either
                child.kill()
                raise
        if child.returncode != 0:
            complaints.seek(0)
            raise StepFailed(failure(command[0], child.returncode, complaints.read(), libpq.secrets(settings)))


def run(command: Sequence[str | Path], settings: Mapping[str, str], course: Course) -> None:
    """Run a program that writes files itself, private ones, and reports each of its works on stderr (``--verbose``).

    That it reports lets it end when planrun is killed: at its next line the pipe is broken.

    Raises:
        StepFailed: it failed, or was killed.
        EnvironmentFault: it cannot be started.
    """
    environment = libpq.environment(settings)
    said: list[bytes] = []
    with (
        started(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, umask=_PRIVATE, bufsize=-1
        ) as child,
        # Not killed: it has to end the other processes that it started.
        course.ended_by(child.terminate),
    ):
        try:
            for line in child.stderr or ():
                course.advanced(0)
                if said or _COMPLAINT.match(line):
                    said = [*said[1 - _LINES_OF_COMPLAINT :], line]
        except BaseException:
            child.terminate()
            raise
    if child.returncode != 0:
        raise StepFailed(failure(command[0], child.returncode, b"".join(said), libpq.secrets(settings)))


def contents(tools: Tools, archive: Path) -> str:
    """Return what pg_restore lists of an archive: a file of the custom format, or a directory.

    Raises:
        StepFailed: it cannot use it, or there is nothing in it.
        EnvironmentFault: pg_restore cannot be started.
    """
    with tempfile.TemporaryFile() as listing, tempfile.TemporaryFile() as complaints:
        command: list[str | Path] = [tools.pg_restore, "--list", archive]
        with started(command, stdout=listing, stderr=complaints, env=libpq.plain_environment()) as child:
            pass
        return _listed(child, listing, complaints)


def listed(blocks: Iterable[bytes], tools: Tools, listing: list[str]) -> Iterator[bytes]:
    """Pass on the blocks of a custom archive, let pg_restore list it on the way, and put that into `listing`.

    Raises:
        StepFailed: pg_restore cannot use it, or there is nothing in it.
        EnvironmentFault: pg_restore cannot be started.
    """
    with tempfile.TemporaryFile() as kept, tempfile.TemporaryFile() as complaints:
        with started(
            [tools.pg_restore, "--list"],
            stdin=subprocess.PIPE,
            stdout=kept,
            stderr=complaints,
            env=libpq.plain_environment(),
        ) as child:
            reads_on = True
            for block in blocks:
                if reads_on and child.stdin is not None:
                    reads_on = _taken(child, block)
                yield block
        listing.append(_listed(child, kept, complaints))


def _taken(child: subprocess.Popen[bytes], block: bytes) -> bool:
    """Hand a block to a program; False if it has read all that it wanted."""
    rest = memoryview(block)
    try:
        while rest and child.stdin is not None:
            rest = rest[child.stdin.write(rest) :]
    except BrokenPipeError:
        return False
    return True


def started(
    command: Sequence[str | Path],
    *,
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
    env: Mapping[str, str],
    stdin: int = subprocess.DEVNULL,
    umask: int = -1,
    bufsize: int = 0,
) -> subprocess.Popen[bytes]:
    """Start a program.

    Raises:
        EnvironmentFault: it cannot be started.
    """
    try:
        return subprocess.Popen(
            command, stdin=stdin, stdout=stdout, stderr=stderr, env=env, umask=umask, bufsize=bufsize
        )
    except OSError as error:
        raise EnvironmentFault(
            f"{command[0]} cannot be started: {error.strerror}",
            hint="check the installation of the PostgreSQL client programs, or PLANRUN_PG_BINDIR",
        ) from error


def _listed(child: subprocess.Popen[bytes], listing: IO[bytes], complaints: IO[bytes]) -> str:
    listing.seek(0)
    text = listing.read().decode(errors="replace")
    if child.returncode != 0 or not TOC.search(text):
        complaints.seek(0)
        said = _said(complaints.read(), ()) or "it lists no contents"
        raise StepFailed(f"pg_restore cannot use the archive that was written: {said}")
    return text


def failure(program: str | Path, code: int, stderr: bytes, secrets: Sequence[str]) -> str:
    """Return how a program failed, and what it complained of last."""
    said = _said(stderr, secrets)
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return f"{PurePath(program).name} {how}{': ' if said else ''}{said}"


def _said(stderr: bytes, secrets: Sequence[str]) -> str:
    text = stderr.decode(errors="replace")
    for secret in secrets:
        text = text.replace(secret, "***")
    return "\n".join(printable(line) for line in text.splitlines()[-_LINES_OF_COMPLAINT:])
