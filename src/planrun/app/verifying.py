"""Verifies backup sets: their bytes, and on request their rows, restored and compared. `planrun backup verify`."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from planrun import __version__
from planrun.app.beside import in_set, verification_in
from planrun.app.sets import Because, NotASet, find, sets
from planrun.app.stores import at_hand, locate, open_store, path_of, stores_of
from planrun.core import verification
from planrun.core.address import is_address
from planrun.core.manifest import seal_of
from planrun.core.verification import Level, Verification
from planrun.edges.backups import encryption
from planrun.edges.backups import manifest as manifest_file
from planrun.edges.backups import verify as checks
from planrun.edges.backups.verify import Finding, Severity
from planrun.edges.storage.folder import FolderStore
from planrun.errors import EnvironmentFault, NotAsSaved, StepFailed, Unreachable
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from planrun.app.comparing import Comparison
    from planrun.core.manifest import Manifest
    from planrun.core.plan import Plan
    from planrun.edges.backups.encryption import Identities
    from planrun.edges.postgres.connection import Connection
    from planrun.ports import Person, Store

_IDENTITY = "PLANRUN_AGE_IDENTITY"


@frozen
class Verified:
    """A set, and everything that is wrong with it or worth knowing.

    Attributes:
        store: the address of the store that it lies in.
        name: of the set.
        findings: what was found.
        level: how far it was verified; None where it cannot be relied on.
        tables: how many tables, exports and copies were restored and compared.
        rows: how many rows they have.
    """

    store: str
    name: str
    findings: tuple[Finding, ...]
    level: Level | None = None
    tables: int = 0
    rows: int = 0

    @property
    def path(self) -> str:
        """The path or address of the set."""
        return f"{self.store}/{self.name}"

    @property
    def sound(self) -> bool:
        """Whether the set can be relied on."""
        return all(finding.level is not Severity.ERROR for finding in self.findings)


@frozen
class Restoring:
    """That the rows are to be compared as well; `on` is the server to restore on, None one that planrun starts."""

    on: Mapping[str, str] | None


@frozen
class Verifying:
    """How sets are verified.

    Attributes:
        person: who is told.
        clock: the time of this machine.
        restoring: whether they are restored.
        identity: the file of the private keys, for encrypted sets.
        living: how to reach the database of the runs, whose monitoring is told; None if it is not known.
        plan: whose target that database has to be; None if no plan is named.
    """

    person: Person
    clock: Callable[[], datetime]
    restoring: Restoring | None = None
    identity: Path | None = None
    living: Mapping[str, str] | None = None
    plan: Plan | None = None


def identities_of(path: Path | None) -> Identities | None:
    """Return the private keys in a file, or in that which the environment names; None if neither does.

    Raises:
        UsageFault: there is none in it, or a library is missing.
        EnvironmentFault: it cannot be read.
    """
    found = path or (Path(name) if (name := os.environ.get(_IDENTITY)) else None)
    return encryption.read_identities(found) if found is not None else None


def verify(source: str, how: Verifying, *, only: str | None = None) -> Iterator[Verified]:
    """Yield the sets of a plan, a store or a folder, or the one set that is named, each when it was verified.

    One that is named like a set and has no good manifest cannot be relied on. A set that lies elsewhere is fetched
    into a private place first.

    Args:
        source: a plan, the path or address of a store, or that of a set.
        how: how they are verified.
        only: the name of the only set to look at.

    Raises:
        EnvironmentFault: a store or a server cannot be reached.
        StepFailed: there is no set at all, so that nothing was verified.
        UsageFault: an encrypted set wants a key.
    """
    identities = identities_of(how.identity)
    chosen = [(store, name, why) for store, only_one in _stores(source, only) for name, why in _names(store, only_one)]
    if not chosen:
        raise StepFailed(f"{source} holds no backup set, so nothing was verified")
    with ExitStack() as stack:
        living = _living(stack, how)
        for store, name, why in chosen:
            if why:
                found = Verified(store.address, name, (Finding(Severity.ERROR, manifest_file.NAME, why),))
            else:
                found = _one(store, name, how, identities, living)
            if living is not None:
                _tell(living, found, how.clock())
            yield found


def _living(stack: ExitStack, how: Verifying) -> Connection | None:
    if how.living is None:
        return None
    from planrun.edges.postgres.connection import open_connection  # noqa: PLC0415  files are verified without it

    connection = stack.enter_context(open_connection(how.living))
    if how.plan is not None:
        from planrun.app.opening import require_pinned  # noqa: PLC0415  likewise
        from planrun.edges.postgres import server  # noqa: PLC0415

        require_pinned(how.plan, server.read(connection))
    return connection


def _stores(source: str, only: str | None) -> Iterator[tuple[Store, str | None]]:
    """Yield the stores that a text names, each with the name of the set that is meant, if it is one."""
    if not is_address(source) and Path(source).is_file():
        from planrun.edges.source import load  # noqa: PLC0415  a store is verified without it

        for store in stores_of(load(Path(source))):
            yield store, only
        return
    if is_address(source):
        store, name = locate(source)
        if any(found.name == f"{name}/{manifest_file.NAME}" for found in store.list(name)):
            yield store, name
        else:
            yield open_store(source), only
        return
    path = path_of(source)
    if (path / manifest_file.NAME).exists():
        yield FolderStore(path.absolute().parent), path.absolute().name
    elif path.is_dir():
        yield FolderStore(path.absolute()), only
    else:
        raise EnvironmentFault(
            f"there is no folder {source}",
            hint="name a plan, a folder of backup sets, or an address such as s3://bucket",
        )


def _names(store: Store, only: str | None) -> Iterator[tuple[str, str]]:
    """Yield the names of the sets of a store; with those of what is left of one, why it is none."""
    if only is not None:
        yield find(store, only).name, ""
        return
    for found in sets(store):
        if not isinstance(found, NotASet):
            yield found.name, ""
        elif found.because is Because.UNREADABLE:
            raise Unreachable(found.message, hint="nothing is known of this set; run the command again")
        elif found.because is Because.INCOMPLETE:
            yield found.name, found.message


def _one(store: Store, name: str, how: Verifying, identities: Identities | None, living: Connection | None) -> Verified:
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(at_hand(store, name, how.person))
        except NotAsSaved as error:
            return Verified(store.address, name, (Finding(Severity.ERROR, ".", error.message),))
        with how.person.follows(name, "bytes", lambda: _bytes(folder)) as meter:
            findings = checks.verify(folder, identities, progress=meter.advanced)
        if any(finding.level is Severity.ERROR for finding in findings):
            return Verified(store.address, name, findings)
        manifest = manifest_file.read(folder)
        comparison = _compared(folder, manifest, how, identities, living)
        if comparison is not None:
            findings += comparison.findings
            if any(finding.level is Severity.ERROR for finding in findings):
                return Verified(store.address, name, findings)
        level = Level.RESTORED if comparison is not None and comparison.equal else Level.BYTES
        _write(store, name, manifest, level, comparison, how)
        return Verified(
            store.address,
            name,
            findings,
            level,
            comparison.tables if comparison else 0,
            comparison.rows if comparison else 0,
        )


def _bytes(folder: Path) -> int | None:
    """Return the bytes that a set holds; None where its manifest cannot be read, which is told later."""
    try:
        return manifest_file.read(folder).bytes
    except EnvironmentFault:
        return None


def _compared(
    folder: Path, manifest: Manifest, how: Verifying, identities: Identities | None, living: Connection | None
) -> Comparison | None:
    if how.restoring is None:
        return None
    from planrun.app.comparing import compare  # noqa: PLC0415  bytes are verified without the database driver

    return compare(folder, manifest, how.restoring.on, living, identities, how.person)


def _write(
    store: Store, name: str, manifest: Manifest, level: Level, comparison: Comparison | None, how: Verifying
) -> None:
    """Write down how far a set was verified; that it was restored is not forgotten for a look at its bytes."""
    seal = seal_of(manifest)
    former = verification_in(store, name, in_set(store, name), seal)
    if level is Level.BYTES and former is not None and former.level is Level.RESTORED:
        return
    found = Verification(
        manifest=seal,
        at=how.clock(),
        level=level,
        tool_version=__version__,
        server_version=comparison.server_version if comparison is not None and level is Level.RESTORED else None,
    )
    text = json.dumps(verification.to_document(found), indent=2, ensure_ascii=True) + "\n"
    store.write(f"{name}/{verification.NAME}", text.encode("ascii"))


def _tell(connection: Connection, found: Verified, at: datetime) -> None:
    """Tell the monitoring, in the database of the runs, of a set that was verified, or that is not there whole."""
    from planrun.edges.postgres import history, monitoring  # noqa: PLC0415

    if not history.installed(connection):
        return
    history.install(connection)
    if found.level is not None:
        monitoring.verified(connection, found.name, found.store, at, found.level.value)
    else:
        faults = {finding.path: finding.message for finding in found.findings if finding.level is Severity.ERROR}
        monitoring.missing(connection, found.name, found.store, faults)
