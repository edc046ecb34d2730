"""Backup steps of one run: the shared snapshot, the set of files, and the monitoring rows.

Steps may be carried out side by side, each with connections of its own in the snapshot. What is written of them, in the
manifest and in the history, is written by the run's own thread in the order of the plan: it is the same for any number
of jobs. When a step fails, those behind it are stopped and those before it end in peace, as if there had been one job.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from planrun import __version__
from planrun.app.naming import named
from planrun.core.schedule import CsvWork, DumpWork, FilesWork, FileWork
from planrun.edges.backups.course import Course
from planrun.edges.postgres import monitoring
from planrun.edges.postgres.server import clock
from planrun.edges.postgres.snapshot import Snapshot
from planrun.errors import StepFailed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from planrun.app.forms import Forms
    from planrun.core.manifest import Artifact
    from planrun.core.plan import Plan
    from planrun.core.record import Server
    from planrun.core.schedule import ScheduledStep
    from planrun.edges.backups.folder import BackupSet
    from planrun.edges.postgres.connection import Connection
    from planrun.ports import Person


@frozen
class Taken:
    """What a backup step made, named in the manifest; when it began by the server's clock, and its seconds."""

    step: ScheduledStep
    artifacts: tuple[Artifact, ...]
    began: datetime
    seconds: float


@frozen
class _Job:
    """A step that is under way; `row` is that of the monitoring."""

    step: ScheduledStep
    row: int
    began: datetime
    course: Course
    made: Future[tuple[tuple[Artifact, ...], float]]

    @property
    def has_failed(self) -> bool:
        return self.made.done() and self.made.exception() is not None


class Backups:
    """What a run backs up until its next migrate step: one snapshot, one set.

    Args:
        params: how to connect; the snapshot has connections of its own.
        connection: where the history is written.
        plan: the plan.
        server: the server that is backed up.
        run: the number of the run.
        person: is told what is worth knowing, and shown how far the works have come.
        jobs: how many steps may be carried out at once.
    """

    def __init__(
        self,
        params: Mapping[str, str],
        connection: Connection,
        plan: Plan,
        server: Server,
        run: int,
        person: Person,
        jobs: int = 1,
    ) -> None:
        self._params = params
        self._connection = connection
        self._plan = plan
        self._server = server
        self._run = run
        self._person = person
        self._jobs = jobs
        self._held: Snapshot | None = None
        self._set: BackupSet | None = None
        self._uncopied = True  # what an earlier attempt at this run left, for all we know
        self.path: Path | None = None

    def snapshot(self) -> Snapshot:
        """Return the snapshot of the set, taking it first if there is none."""
        if self._held is None:
            self._held = Snapshot(self._params, self._plan)
        return self._held

    def finish(self) -> None:
        """Close the set, and give every other store of the plan a copy of it; of those that it lacks so far as well.

        Raises:
            EnvironmentFault: a store cannot take it: then no step may go on as if there were a copy.
            Refused: a store holds another set of that name.
        """
        self._uncopied = self._uncopied or self._set is not None
        self.close()
        if self._uncopied and len(self._plan.storage) > 1:
            from planrun.app.copying import copy_sets  # noqa: PLC0415  most plans have one store

            copy_sets(self._plan, self._connection, self._person, run=self._run)
        self._uncopied = False

    def close(self) -> None:
        """Give the snapshot up and close the set: what is backed up later belongs to another one.

        A snapshot that stayed open would make CREATE INDEX CONCURRENTLY wait for ever.
        """
        if self._held is not None:
            self._held.close()
            self._held = None
        if self._set is not None:
            self._set.close()
            self._set = None

    def take(self, steps: tuple[ScheduledStep, ...]) -> Generator[Taken, None, None]:
        """Carry out steps that make files, and give each when it and all before it are complete.

        Raises:
            PlanrunError: a step failed; of several the first in the order of the plan.
        """
        from planrun.app.forms import Forms  # noqa: PLC0415  many plans make no file

        snapshot = self.snapshot()
        forms = Forms(snapshot, self._folder(), self._plan, self._server, self._person)
        waiting, running = deque(steps), deque[_Job]()
        with ThreadPoolExecutor(self._jobs, "planrun backup") as pool:
            try:
                while waiting or running:
                    self._stop_behind_a_failure(running)
                    while waiting and _has_room(running, self._jobs):
                        running.append(self._begin(waiting.popleft(), forms, pool))
                    wait([job.made for job in running if not job.made.done()], None, FIRST_COMPLETED)
                    while running and running[0].made.done():
                        with named(running[0].step):
                            taken = self._end(running.popleft())
                        yield taken
            except BaseException as error:
                self._give_up(running, error)
                raise

    def keep(self, artifact: Artifact) -> None:
        """Name a copy of a table in the manifest."""
        self._folder().add(artifact)

    # --- one step ----------------------------------------------------------------------------------

    def _begin(self, step: ScheduledStep, forms: Forms, pool: ThreadPoolExecutor) -> _Job:
        work = step.work
        if not isinstance(work, FileWork):
            raise AssertionError(f"step {step.id} makes no file")  # noqa: TRY004 - a defect of ours
        began, course = clock(self._connection), Course()
        here = self._folder().path.absolute()
        row = monitoring.begin(
            *(self._connection, self._run, step.id, _kind(work), str(here)), set_name=here.name, store=str(here.parent)
        )

        def make() -> tuple[tuple[Artifact, ...], float]:
            start = time.perf_counter()
            return forms.make(step.id, work, course), time.perf_counter() - start

        return _Job(step, row, began, course, pool.submit(make))

    def _end(self, job: _Job) -> Taken:
        """Wait for a step, name what it made in the manifest, and say so in the monitoring."""
        try:
            artifacts, seconds = job.made.result()
            for artifact in artifacts:
                self._folder().add(artifact)
            several = isinstance(job.step.work, FilesWork)
            files = [file for artifact in artifacts for file in artifact.files]
            monitoring.finish(
                self._connection,
                job.row,
                path=str(self._folder().path.absolute() / _place(artifacts)),
                size=sum(file.bytes for file in files),
                sha256=None if several or len(files) > 1 else files[0].sha256,
                rows=len(files) if several else artifacts[0].rows,
            )
        except BaseException as error:
            monitoring.fail(self._connection, job.row, error)
            raise
        return Taken(job.step, artifacts, job.began, seconds)

    # --- when a step failed ------------------------------------------------------------------------

    def _stop_behind_a_failure(self, running: deque[_Job]) -> None:
        failed = next((place for place, job in enumerate(running) if job.has_failed), len(running))
        for job in list(running)[failed + 1 :]:
            if job.course.stopped is None:
                job.course.stop(f"it was stopped, because step {running[failed].step.id} failed")

    def _give_up(self, running: deque[_Job], error: BaseException) -> None:
        """Stop what is under way and write that it failed; nothing of it stays in the set."""
        for job in running:
            job.course.stop("it was stopped, because a step before it failed")
        for job in running:
            wait([job.made])
            if job.made.exception() is None:
                for artifact in job.made.result()[0]:
                    self._folder().discard(artifact.files)
            interrupted = not isinstance(error, Exception | GeneratorExit)
            reason = error if interrupted else StepFailed(job.course.stopped or "")
            monitoring.fail(self._connection, job.row, reason)

    def _folder(self) -> BackupSet:
        if self._set is None:
            from planrun.app.copying import require_stores  # noqa: PLC0415  many plans make no set
            from planrun.core.manifest import Origin  # noqa: PLC0415
            from planrun.edges.backups.folder import BackupSet  # noqa: PLC0415

            require_stores(self._plan)
            origin = Origin(
                database=self._server.database,
                server_version=self._server.version,
                tool_version=__version__,
                system_identifier=self._server.system_identifier,
                snapshot=self._held.id if self._held else None,
            )
            self._set = BackupSet.create(
                Path(self._plan.project) / self._plan.folder.path,
                clock(self._connection).astimezone(UTC),
                self._plan.name,
                self._run,
                origin=origin,
            )
            self.path = self._set.path
        return self._set


def tidy(connection: Connection, plan: Plan, tells: Callable[[str], None]) -> None:
    """Remove what killed runs on this database left behind in the plan's folder; under the lease, so that none lives.

    Raises:
        EnvironmentFault: the disk refuses.
    """
    root = Path(plan.project) / plan.folder.path
    unfinished = monitoring.unfinished_sets(connection, str(root.absolute()))
    if not unfinished:
        return
    from planrun.edges.backups import leftovers  # noqa: PLC0415  most runs come to their end

    for path in leftovers.remove(root, unfinished):
        tells(f"removed {path}, which an interrupted backup had left behind")


def _has_room(running: deque[_Job], jobs: int) -> bool:
    """Tell whether another step may begin: behind a failure none does."""
    return not any(job.has_failed for job in running) and sum(not job.made.done() for job in running) < jobs


def _kind(work: FileWork) -> str:
    match work:
        case DumpWork(schema_only=True):
            return "schema"
        case DumpWork():
            return "database"
        case CsvWork():
            return "csv"
        case FilesWork():
            return "files"


def _place(artifacts: Sequence[Artifact]) -> PurePosixPath:
    """Return what the monitoring calls the path of a step's backup, in the set: its file, or the folder of several."""
    first = PurePosixPath(artifacts[0].files[0].path)
    one = artifacts[0].format not in ("raw", "directory")
    return first if one else first.parent
