"""Restores what a backup set holds: a whole database, or rows into living tables. `planrun backup restore`."""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING

from planrun.app.opening import require_usable
from planrun.app.restoring_dumps import DumpRestore
from planrun.app.restoring_rows import RowsRestore
from planrun.app.sets import find
from planrun.app.stores import at_hand, locate
from planrun.app.verifying import identities_of
from planrun.core import hold
from planrun.core.manifest import ArtifactKind
from planrun.edges.backups import manifest as manifest_file
from planrun.edges.backups import verify as checks
from planrun.edges.backups.verify import Severity
from planrun.edges.postgres import server as servers
from planrun.edges.postgres.connection import open_connection
from planrun.edges.postgres.trouble import told
from planrun.errors import EnvironmentFault, StepFailed, UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from planrun.app.reports import RestoreReport, RowsRestoreReport
    from planrun.app.restore_words import Wanted
    from planrun.core.manifest import Artifact, Manifest
    from planrun.edges.backups.encryption import Identities
    from planrun.ports import Person, Store

_LIFE_OF_A_HOLD = timedelta(hours=24)
_DUMPS = (ArtifactKind.DATABASE, ArtifactKind.SCHEMA)


def restore(
    source: str, params: Mapping[str, str], wanted: Wanted, person: Person, clock: Callable[[], datetime]
) -> RestoreReport | RowsRestoreReport:
    """Restore a dump into a database, or rows of a set into tables that live on.

    Every byte of what is used is compared with the manifest before anything is written.

    Args:
        source: the path or address of the set.
        params: how to reach the database.
        wanted: what is to be restored.
        person: who is asked and told.
        clock: the time of this machine.

    Raises:
        Conflict: the application changed rows that would come back; nothing was changed.
        Refused: the database is in use or not empty, rows do not fit their table, or it was not confirmed.
        StepFailed: the set cannot be relied on, or could not be restored.
        UsageFault: it is not said what to restore, or it is not in the set.
        EnvironmentFault: the set, the database or the programs cannot be reached.
    """
    identities = identities_of(wanted.identity)
    store, name = locate(source)
    find(store, name)
    with _held(store, name, clock, person), at_hand(store, name, person) as folder:
        manifest = manifest_file.read(folder)
        chosen = _chosen(manifest, wanted)
        _require_sound(folder, chosen, identities)
        with open_connection(params, purpose="planrun restore") as connection, told(connection, f"restore of {name}"):
            server = servers.read(connection)
            require_usable(server)
            if chosen[0].kind in _DUMPS and not wanted.tables:
                return DumpRestore(folder, chosen[0], identities, connection, server, person).run(wanted, manifest)
            return RowsRestore(folder, manifest, identities, params, connection, server, person).run(chosen, wanted)


@contextmanager
def _held(store: Store, name: str, clock: Callable[[], datetime], person: Person) -> Iterator[None]:
    """Keep retention away from a set that is being restored; where none can write, nothing is pruned either."""
    now = clock()
    placed = hold.Hold(f"restore_{secrets.token_hex(6)}", "it is being restored", now, now + _LIFE_OF_A_HOLD)
    place = f"{name}/{placed.name}"
    try:
        store.write(place, f"{json.dumps(hold.to_document(placed), indent=2)}\n".encode("ascii"))
    except EnvironmentFault as error:
        person.tells(f"{store.address}/{name} cannot be held meanwhile: {error.message}")
        yield
        return
    try:
        yield
    finally:
        try:
            store.delete([place])
        except EnvironmentFault as error:
            person.tells(f"the hold on {store.address}/{name} ends in 24 hours: {error.message}")


# --- what --------------------------------------------------------------------------------------------


def _chosen(manifest: Manifest, wanted: Wanted) -> tuple[Artifact, ...]:
    """Return the artifacts to restore: one dump, or some that hold rows.

    Raises:
        UsageFault: it is not said which, there is none, or they cannot be restored together.
    """
    dumps = [a for a in manifest.artifacts if a.kind in _DUMPS]
    listed = ", ".join(dict.fromkeys(artifact.step for artifact in manifest.artifacts))
    if not wanted.steps:
        full = [artifact for artifact in dumps if artifact.kind is ArtifactKind.DATABASE]
        if len(full) != 1:
            what = "holds no dump" if not full else f"holds {len(full)} dumps"
            raise UsageFault(f"the set {what}, and it is not said what to restore", hint=f"--step names it: {listed}")
        return (full[0],)
    found: list[Artifact] = []
    for step in dict.fromkeys(wanted.steps):
        of_step = [artifact for artifact in manifest.artifacts if artifact.step == step]
        if not of_step:
            near = get_close_matches(step, {artifact.step for artifact in manifest.artifacts}, 1)
            hint = f"did you mean {near[0]}?" if near else f"its steps are {listed}"
            raise UsageFault(f"the set holds nothing of a step {step}", hint=hint)
        if any(artifact.kind is ArtifactKind.FILES for artifact in of_step):
            raise UsageFault(
                f"step {step} saved files, which no database takes back",
                hint="copy them by hand; the manifest says where each of them was",
            )
        found += of_step
    some_dump = any(artifact in dumps for artifact in found)
    if some_dump and len(found) > 1:
        raise UsageFault("a dump is restored by itself", hint="name one step at a time")
    if wanted.tables and not some_dump:
        raise UsageFault("--table chooses tables of a dump", hint="an export or a copy is of one table already")
    return tuple(found)


def _require_sound(folder: Path, chosen: Sequence[Artifact], identities: Identities | None) -> None:
    """Compare every byte of what will be used with the manifest.

    Raises:
        StepFailed: something is missing, changed or damaged.
    """
    findings = checks.verify(folder, identities, frozenset(chosen))
    errors = [f"{finding.path}: {finding.message}" for finding in findings if finding.level is Severity.ERROR]
    if errors:
        raise StepFailed(
            "the set cannot be relied on, and nothing was written: " + "; ".join(errors),
            hint="take a copy of the set from another store, or another set",
        )
