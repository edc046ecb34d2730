"""Takes back the steps that only wrote rows, and turns their undo logs into those of their way back.

No trigger stores the same rows again. What the logs say of the way back is proved like a step: the server must have
counted just these rows, and nothing else may differ. Whatever does not fit is captured in the ordinary way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core import accounting, mirrored, net_effect, restore
from planrun.core.accounting import Proved, Scope
from planrun.core.conflicts import RUN
from planrun.core.inverse.derive import derive
from planrun.edges.postgres import evidence
from planrun.edges.postgres.queries import asks
from planrun.edges.postgres.undo_log import UndoLog
from planrun.edges.postgres.watch import oids
from planrun.errors import NotReversible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.accounting import Counter as Rows
    from planrun.core.accounting import Evidence
    from planrun.core.catalog import Relation
    from planrun.core.record import StepRecord
    from planrun.core.undo import Captured, Undo
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.sending import Sending


class NotMirrored(Exception):  # noqa: N818  # a signal, not an error: it takes the transaction back on its way
    """Leaves the transaction: the logs do not describe the way back."""


_CONFLICTS = f"SELECT EXISTS (SELECT FROM planrun.conflict WHERE run_id = {RUN} AND outcome IS NULL)"


class Mirroring:
    """The steps of a way back that go first, and only wrote rows.

    Args:
        connection: in autocommit; see `run`.
        steps: the steps, last first; they are the first parts of what is sent.
    """

    def __init__(self, connection: Connection, steps: tuple[StepRecord, ...]) -> None:
        self._connection = connection
        self._undos = {step.step: step.undo for step in steps if step.undo is not None}
        self._tables = [table for undo in self._undos.values() for table in undo.captured]
        self._sides = oids(connection, [table.side for table in self._tables])

    @property
    def parts(self) -> int:
        """How many parts they are."""
        return len(self._undos)

    @property
    def keeps(self) -> frozenset[str]:
        """The statements that would drop their undo logs."""
        return frozenset(f"DROP TABLE {table.side}" for table in self._tables)

    @property
    def touches(self) -> Scope:
        """What is looked at before, since their way back writes to it, or alters it for a while."""
        return Scope(relations=self._sides | {table.oid for table in self._tables})

    def run(self, sending: Sending, side: frozenset[int], xmin: str) -> dict[str, Undo]:
        """Send their parts, in the transaction of the way back; return the undo log of the way back of each step.

        Args:
            sending: what is sent.
            side: the OIDs of planrun's own tables.
            xmin: the transaction, as text.

        Raises:
            NotMirrored: the logs do not describe the way back of all of them.
        """
        for table in self._tables:
            self._connection.execute(net_effect.changeable(table).encode())
        scope = replace(self.touches, capture=frozenset(table.oid for table in self._tables), by_number=True)
        start = evidence.mark(self._connection, scope, xmin)
        if not all(_fits(table, start.view.relations.get(table.oid)) for table in self._tables):
            raise NotMirrored
        written: dict[int, Rows] = dict.fromkeys(scope.capture, (0, 0, 0))
        for number, undo in enumerate(self._undos.values()):
            for oid, rows in self._caught_up(undo):
                written[oid] = _sum(written[oid], rows)
            sending.part(number)
        if asks(self._connection, _CONFLICTS):
            return {}  # the way back will end by them, once all are listed
        self._connection.execute(b"SET CONSTRAINTS ALL IMMEDIATE")
        found = evidence.collect(self._connection, start, (), side)
        images = {oid: (inserted, updated, updated, deleted) for oid, (inserted, updated, deleted) in written.items()}
        return self._proved(scope, replace(found, images=images))

    def _caught_up(self, undo: Undo) -> Iterator[tuple[int, Rows]]:
        """Bring logs up to what stands in their tables, which nobody else writes from now on.

        It yields how many rows of each table will be written.
        """
        self._connection.execute(restore.lock_tables((table.oid, table.after) for table in undo.captured).encode())
        for table in undo.captured:
            for sql in mirrored.caught_up(table):
                self._connection.execute(sql.encode())
            yield table.oid, self._connection.execute(mirrored.written(table).encode()).fetchone() or (0, 0, 0)

    def _proved(self, scope: Scope, found: Evidence) -> dict[str, Undo]:
        inverse = derive(found.before, found.after)
        if inverse.actions or not isinstance(accounting.judge(scope, found, inverse), Proved):
            raise NotMirrored
        try:
            return {
                name: self._turned(UndoLog(self._connection, name, ""), undo, found)
                for name, undo in self._undos.items()
            }
        except NotReversible as refusal:
            raise NotMirrored from refusal

    @staticmethod
    def _turned(log: UndoLog, undo: Undo, found: Evidence) -> Undo:
        turned = mirrored.mirrored(undo)
        for table in turned.captured:
            log.require_mirrored(table, found)
        # The application may have written values that it added since.
        return replace(turned, enums=log.enums((), turned.captured, found))


def _fits(table: Captured, relation: Relation | None) -> bool:
    return relation is not None and not relation.hides_rows and mirrored.fits(table, relation)


def _sum(left: Rows, right: Rows) -> Rows:
    return left[0] + right[0], left[1] + right[1], left[2] + right[2]
