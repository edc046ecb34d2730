"""The whole story on an embedded PostgreSQL: `planrun demo`.

A rental database of 20,000 tenants, the consolidation run for real by a role that is no superuser, the application
going on, a conflict that is refused, the way back, and a proof over every row and every definition.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from planrun import samples
from planrun.app import executing, plans, reversing
from planrun.core import proof
from planrun.core.proof import Content
from planrun.edges import embedded
from planrun.edges.backups import libpq
from planrun.edges.backups.definitions import definitions
from planrun.edges.backups.tools import tools
from planrun.edges.data import data_path
from planrun.edges.postgres import content
from planrun.edges.postgres.connection import open_connection
from planrun.errors import Conflict, PlanrunError
from planrun.frozen import frozen
from planrun.samples import Sample

if TYPE_CHECKING:
    from planrun.core.plan import Plan
    from planrun.core.schedule import Schedule
    from planrun.edges.embedded import Server
    from planrun.edges.postgres.connection import Connection
    from planrun.ports import Person

_OWNER = "rental_owner"
_SETUP = (
    f"CREATE ROLE {_OWNER} LOGIN",
    "CREATE ROLE rental_app LOGIN",
    f"CREATE DATABASE propo OWNER {_OWNER}",
)


@frozen
class DemoReport:
    """What the demo proved.

    Attributes:
        version: of the server.
        rows: rows of the database at the start, all of them compared at the end.
        written: rows that the run changed.
        kept: rows that the application wrote after the run, all of them there at the end.
        conflicts: what the first rollback refused to overwrite.
        differences: what was not as it must be; empty when the proof holds.
        seconds: how long all of it took.
        url: where the kept server is, or None.
        project: where the kept plan is, or None.
    """

    version: str
    rows: int
    written: int
    kept: int
    conflicts: int
    differences: tuple[str, ...]
    seconds: float
    url: str | None
    project: str | None


def demo(person: Person, *, keep: bool) -> DemoReport:
    """Run the story.

    Args:
        person: who watches.
        keep: leave the server up, with the project beside its data.

    Raises:
        EnvironmentFault: no PostgreSQL is found, or it does not start.
        PlanrunError: the proof does not hold.
    """
    began = time.perf_counter()
    installation = embedded.choose()
    person.tells(f"Starting an embedded PostgreSQL {installation.version} ...")
    server = embedded.start(installation, keep=keep)
    try:
        report = _Story(server, person).tell()
    except BaseException:
        server.stop()
        raise
    if not keep:
        server.stop()
    return DemoReport(
        version=installation.version,
        seconds=time.perf_counter() - began,
        url=server.url("propo", _OWNER) if keep else None,
        project=str(server.workdir / "project") if keep else None,
        **report,  # type: ignore[arg-type]  # the rest of the fields, from the story
    )


def stop() -> int:
    """Stop every server that `demo --keep` left up; return how many."""
    kept = embedded.kept_servers()
    for server in kept:
        embedded.stop_kept(server.workdir)
    return len(kept)


class _Story:
    """The chapters, in order."""

    def __init__(self, server: Server, person: Person) -> None:
        self._server = server
        self._person = person
        self._params = server.params("propo", _OWNER)

    def tell(self) -> dict[str, object]:
        with open_connection(self._server.params("postgres")) as superuser:
            for statement in _SETUP:
                superuser.execute(statement)
        with open_connection(self._params, purpose="rental application") as application:
            return self._chapters(application, self._schedule())

    def _schedule(self) -> Schedule:
        project = self._server.workdir / "project"
        for name in ("plans", "templates"):
            shutil.copytree(data_path(name), project / name)
        return plans.schedule_of(project / "plans" / "consolidation.yaml")

    def _chapters(self, application: Connection, schedule: Schedule) -> dict[str, object]:
        tells = self._person.tells
        tells("Loading the rental database: properties, units, tenants, leases, with awkward values ...")
        application.execute(samples.read(Sample.SCHEMA).encode())
        application.execute(samples.read(Sample.DATA).encode())
        start = self._content(application)
        tells(f"  {start.row_count:,} rows, owned by role {_OWNER}, which is no superuser\n")

        tells("planrun execute plans/consolidation.yaml --confirm dashboard_backup")
        executing.execute(schedule, self._params, self._person, confirmed=frozenset({"dashboard_backup"}), yes=True)
        run = self._content(application)
        written = proof.written(start, run)
        tells(f"  committed: {written:,} rows differ from the start now\n")

        tells("The application goes on: new tenants, a new lease, edits of rows that the run had changed ...")
        application.execute(samples.read(Sample.APPLICATION_WRITES).encode())
        after = self._content(application)
        kept = proof.written(run, after)
        witnessed = self._witness(application)
        tells(f"  {kept} rows written since the run\n")

        conflicts = self._refused(schedule.plan)

        tells("planrun rollback plans/consolidation.yaml")
        done = reversing.rollback(schedule.plan, self._params, self._person, yes=True)
        tells(f"  {sum(rows for _, rows in done.rows):,} rows put back in one transaction\n")

        tells("The proof, over every row and every definition:")
        found = self._content(application)
        differences = [*proof.differences(proof.expected(start, run, after), found)]
        if self._witness(application) != witnessed:
            differences.append("the application's own query returns something else than before the rollback")
        self._show(differences, start, found, kept)
        return {
            "rows": start.row_count,
            "written": written,
            "kept": kept,
            "conflicts": conflicts,
            "differences": tuple(differences),
        }

    def _refused(self, plan: Plan) -> int:
        """Let the application change what the run had made: the way back refuses. Then take the change away."""
        tells = self._person.tells
        tells("And it raises the rent of a lease that the run created. A rollback would lose that:")
        with open_connection(self._params, purpose="rental application") as other:
            before = other.execute("SELECT id, rent_amount, updated_at FROM leases WHERE tenant_id = 1").fetchall()
            other.execute(samples.read(Sample.APPLICATION_CONFLICT).encode())
            tells("planrun rollback plans/consolidation.yaml")
            try:
                reversing.rollback(plan, self._params, self._person, yes=True)
            except Conflict as conflict:
                tells(f"  refused, nothing was changed: {len(conflict.conflicts)} conflicts")
                for item in conflict.conflicts:
                    name = item.relation.replace('"', "")
                    tells(f"    {name} {item.key} {item.column}: {item.after} -> {item.now}")
                found = len(conflict.conflicts)
            else:
                raise PlanrunError("the rollback did not notice a write of the application")
            # The lease's own trigger would stamp updated_at again.
            other.execute("ALTER TABLE leases DISABLE TRIGGER leases_touch")
            for row in before:
                other.execute("UPDATE leases SET rent_amount = $2, updated_at = $3 WHERE id = $1", row)
            other.execute("ALTER TABLE leases ENABLE TRIGGER leases_touch")
        tells("  the raise is withdrawn, so that the rollback has nothing to lose\n")
        return found

    def _show(self, differences: list[str], start: Content, found: Content, kept: int) -> None:
        tells = self._person.tells
        if differences:
            for difference in differences:
                tells(f"  WRONG  {difference}")
            raise PlanrunError("the proof does not hold: " + "; ".join(differences))
        lines = len(start.schema.splitlines())
        tells(
            f"  equal  {lines} lines of definitions by pg_dump: tables, constraints, triggers, owners, grants, comments"
        )
        for name, table in found.tables.items():
            tells(f"  equal  {len(table.rows):>7,} rows of {name}, every column compared")
        tells(f"  kept   all {kept} rows that the application wrote since the run")

    def _content(self, connection: Connection) -> Content:
        settings = libpq.settings_of(connection)
        program = tools(connection.info.server_version // 10_000, settings)
        return Content(definitions(settings, program), content.tables(connection))

    def _witness(self, connection: Connection) -> list[tuple[object, ...]]:
        return connection.execute(samples.read(Sample.APPLICATION_WITNESS).encode()).fetchall()
