"""A pg_dump of the database into the set, checked before it may be called one.

A file is written through a pipe. So its bytes are hashed, and encrypted where the plan wants it, on their way, without
a second read; and if planrun is killed the pipe breaks, which ends pg_dump at its next write (SIGPIPE) on every POSIX
system. The price: the table of contents of a custom archive holds no offsets, so pg_restore of one table skips through
the file. The files of a directory pg_dump writes itself; they are hashed and made durable when it is done.

The schema ``planrun`` is left out. What a dump restores is the application's database at that instant; the
history and the undo data of runs belong to the living database, and would lead a restored one to "roll back"
a run that it never saw.
"""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

from planrun.core.plan import DumpFormat
from planrun.edges.backups import programs, streams
from planrun.edges.backups.course import Course
from planrun.edges.backups.patterns import choosing
from planrun.edges.backups.tools import require_patched
from planrun.errors import StepFailed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from planrun.core.manifest import TableName
    from planrun.edges.backups.disk import NewFile
    from planrun.edges.backups.disk_folder import NewFolder
    from planrun.edges.backups.tools import Tools

HISTORY_SCHEMA = "planrun"

_TAIL = 4096
_END_OF_PLAIN = b"-- PostgreSQL database dump complete"
_TABLE = re.compile(r"^\d+; 1259 \d+ TABLE ", re.MULTILINE)  # by its row in pg_class; its data has none


@frozen(kw_only=True)
class Request:
    """What is to be dumped, and how.

    Attributes:
        schema_only: leave the rows out.
        jobs: how many tables are dumped at once, into a directory.
        tables: only these, with nothing that belongs to none of them; all if empty.
        schemas: only these; all if empty.
        snapshot: the id of an exported snapshot that is still open, to read from; None for pg_dump's own.
        lock_timeout: milliseconds that pg_dump waits for its locks; 0 waits for ever.
    """

    format: DumpFormat
    schema_only: bool = False
    jobs: int = 1
    tables: tuple[TableName, ...] = ()
    schemas: tuple[str, ...] = ()
    snapshot: str | None = None
    lock_timeout: int = 0


def dump(
    settings: Mapping[str, str],
    request: Request,
    tools: Tools,
    target: NewFile,
    *,
    recipients: Sequence[str] = (),
    course: Course | None = None,
) -> None:
    """Write a dump of the database, schema ``planrun`` aside, to `target`.

    Args:
        settings: libpq settings, complete: see `libpq.settings_of`.
        request: what is dumped; not a directory.
        tools: programs of the server's major version: see `tools.tools`.
        target: an open file of the set.
        recipients: whom it is encrypted for; nobody if empty.
        course: is told of the bytes that pg_dump writes.

    Raises:
        StepFailed: pg_dump failed or was killed, or what it wrote is not a whole dump.
        EnvironmentFault: pg_dump cannot be started, is too old to be safe, or the disk refuses the file.
        UsageFault: `settings` are not complete.
    """
    if request.format is DumpFormat.PLAIN:
        fault = f"a plain dump by pg_dump {tools.version} can carry commands hidden in object names"
        require_patched(tools, fault, "use `format: custom`")
    command: list[str | Path] = [tools.pg_dump, *_options(request)]
    seen, listing = _Seen(), list[str]()
    with closing(programs.output(command, settings, course or Course())) as output:
        blocks = seen.passing(output)
        if request.format is DumpFormat.CUSTOM and recipients:
            blocks = programs.listed(blocks, tools, listing)
        streams.write(blocks, target, recipients=recipients)
    if not seen.tail:
        raise StepFailed("pg_dump ended well, but wrote nothing")
    match request.format:
        case DumpFormat.CUSTOM:
            _require_tables(request, listing[0] if recipients else programs.contents(tools, target.path))
        case DumpFormat.PLAIN:
            if _END_OF_PLAIN not in seen.tail:
                raise StepFailed("pg_dump ended well, but the end of the dump is missing")
        case DumpFormat.DIRECTORY:
            raise AssertionError("a directory is no file")


def dump_directory(
    settings: Mapping[str, str], request: Request, tools: Tools, target: NewFolder, *, course: Course | None = None
) -> None:
    """Let pg_dump write a directory, with the request's number of jobs, into `target`; raises as `dump` does."""
    course = course or Course()
    options = [f"--file={target.path}", f"--jobs={request.jobs}", "--verbose", "--no-sync"]  # `settle` syncs
    programs.run([tools.pg_dump, *_options(request), *options], settings, course)
    _require_tables(request, programs.contents(tools, target.path))
    target.settle(course.advanced)


def _options(request: Request) -> list[str]:
    options = [f"--format={request.format.value}", "--no-password", f"--exclude-schema={HISTORY_SCHEMA}"]
    if request.snapshot is not None:
        options.append(f"--snapshot={request.snapshot}")
    if request.schema_only:
        options.append("--schema-only")
    if request.lock_timeout:
        options.append(f"--lock-wait-timeout={request.lock_timeout}")
    return [*options, *choosing(request.tables, request.schemas)]


def _require_tables(request: Request, listing: str) -> None:
    """Compare the number of tables in an archive with that of the tables which were chosen."""
    found = len(_TABLE.findall(listing))
    if request.tables and found != len(request.tables):
        raise StepFailed(f"pg_dump was given {len(request.tables)} tables, and the archive lists {found}")


class _Seen:
    """Remembers the end of what passes."""

    def __init__(self) -> None:
        self.tail = b""

    def passing(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        for block in blocks:
            yield block
            self.tail = (self.tail + block[-_TAIL:])[-_TAIL:]
