"""A pg_dump of the database into a file of the set, checked before it may be called one.

pg_dump writes to a pipe. So its bytes are hashed on their way, without a second read; and if planrun is
killed the pipe breaks, which ends pg_dump at its next write (SIGPIPE) on every POSIX system. The price: the
table of contents of a custom archive holds no offsets, so pg_restore of one table skips through the file.

The schema ``planrun`` is left out. What a dump restores is the application's database at that instant; the
history and the undo data of runs belong to the living database, and would lead a restored one to "roll back"
a run that it never saw.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from planrun.core.console import printable
from planrun.core.plan import DumpFormat
from planrun.edges.backups import libpq
from planrun.errors import EnvironmentFault, StepFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from planrun.edges.backups.disk import NewFile
    from planrun.edges.backups.tools import Tools

HISTORY_SCHEMA = "planrun"

_BLOCK = 1 << 20
_TAIL = 4096
_END_OF_PLAIN = b"-- PostgreSQL database dump complete"
_TOC = re.compile(r"^; +TOC Entries: ([1-9]\d*)$", re.MULTILINE)
# The first releases whose plain dumps cannot smuggle commands in object names (CVE-2025-8714, CVE-2025-8715).
_PATCHED = {15: 14, 16: 10, 17: 6}
_LINES_OF_COMPLAINT = 20


@dataclass(frozen=True, slots=True)
class DumpResult:
    """A finished dump: its size, its SHA-256 (hex) and the version of pg_dump."""

    bytes: int
    sha256: str
    version: str


def dump(
    settings: Mapping[str, str],
    *,
    snapshot: str | None,
    format: DumpFormat,  # noqa: A002 - the word that the plan and pg_dump have for it
    schema_only: bool,
    target: NewFile,
    tools: Tools,
    lock_timeout: int = 0,
) -> DumpResult:
    """Write a dump of the whole database, schema ``planrun`` aside, to `target`.

    Args:
        settings: libpq settings, complete: see `libpq.settings_of`.
        snapshot: the id of an exported snapshot that is still open, to read from; None for pg_dump's own.
        format: the format of the archive.
        schema_only: leave the rows out.
        target: an open file of the set.
        tools: programs of the server's major version: see `tools.tools`.
        lock_timeout: milliseconds that pg_dump waits for its locks; 0 waits for ever.

    Raises:
        StepFailed: pg_dump failed or was killed, or what it wrote is not a whole dump.
        EnvironmentFault: pg_dump cannot be started, is too old to be safe, or the disk refuses the file.
        UsageFault: `settings` are not complete.
    """
    if format is DumpFormat.PLAIN:
        _require_patched(tools)
    options = [f"--format={format.value}", "--no-password", f"--exclude-schema={HISTORY_SCHEMA}"]
    if snapshot is not None:
        options.append(f"--snapshot={snapshot}")
    if schema_only:
        options.append("--schema-only")
    if lock_timeout:
        options.append(f"--lock-wait-timeout={lock_timeout}")
    tail = _pipe([tools.pg_dump, *options], settings, target)
    target.flush()
    match format:
        case DumpFormat.DIRECTORY:
            raise AssertionError("pg_dump writes the files of a directory itself")
        case DumpFormat.CUSTOM:
            require_contents(tools, target.path)
        case DumpFormat.PLAIN:
            if _END_OF_PLAIN not in tail:
                raise StepFailed("pg_dump ended well, but the end of the dump is missing")
    return DumpResult(target.bytes, target.sha256, tools.version)


def require_contents(tools: Tools, archive: Path) -> None:
    """Let pg_restore read the table of contents of a custom archive.

    Raises:
        StepFailed: it cannot, or there is nothing in it.
        EnvironmentFault: pg_restore cannot be started.
    """
    try:
        listing = subprocess.run(
            [tools.pg_restore, "--list", archive],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=libpq.plain_environment(),
        )
    except OSError as error:
        raise _cannot_start(tools.pg_restore, error) from error
    if listing.returncode != 0 or not _TOC.search(listing.stdout.decode(errors="replace")):
        said = _told(listing.stderr, ()) or "it lists no contents"
        raise StepFailed(f"pg_restore cannot use the archive that was written: {said}")


def _pipe(command: Sequence[str | Path], settings: Mapping[str, str], target: NewFile) -> bytes:
    """Run pg_dump, hand its output to `target`, and return the last bytes of it."""
    environment = libpq.environment(settings)
    # A file takes any amount of stderr; a second pipe that nobody reads meanwhile could fill and block both.
    with tempfile.TemporaryFile() as complaints:
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                bufsize=0,
                env=environment,
            )
        except OSError as error:
            raise _cannot_start(command[0], error) from error
        with child:
            tail = _pump(child, target)
        if child.returncode != 0:
            complaints.seek(0)
            raise _failed(child.returncode, _told(complaints.read(), libpq.secrets(settings)))
    if not tail:
        raise StepFailed("pg_dump ended well, but wrote nothing")
    return tail


def _pump(child: subprocess.Popen[bytes], target: NewFile) -> bytes:
    output: IO[bytes] | None = child.stdout
    tail = b""
    try:
        while output is not None and (block := output.read(_BLOCK)):
            target.write(block)
            tail = (tail + block[-_TAIL:])[-_TAIL:]
    except BaseException:  # a full disk or Ctrl-C: nobody reads on, so pg_dump must not go on either
        child.kill()
        raise
    return tail


def _failed(code: int, said: str) -> StepFailed:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return StepFailed(f"pg_dump {how}{': ' if said else ''}{said}")


def _told(stderr: bytes, secrets: Sequence[str]) -> str:
    text = stderr.decode(errors="replace")
    for secret in secrets:
        text = text.replace(secret, "***")
    return "\n".join(printable(line) for line in text.splitlines()[-_LINES_OF_COMPLAINT:])


def _require_patched(tools: Tools) -> None:
    wanted = _PATCHED.get(tools.major)
    if wanted is not None and tools.minor is not None and tools.minor < wanted:
        raise EnvironmentFault(
            f"a plain dump by pg_dump {tools.version} can carry commands hidden in object names; "
            f"wanted {tools.major}.{wanted} or later",
            hint=f"upgrade the PostgreSQL {tools.major} client programs, or use `format: custom`",
        )


def _cannot_start(program: str | Path, error: OSError) -> EnvironmentFault:
    return EnvironmentFault(
        f"{program} cannot be started: {error.strerror}",
        hint="check the installation of the PostgreSQL client programs, or PLANRUN_PG_BINDIR",
    )
