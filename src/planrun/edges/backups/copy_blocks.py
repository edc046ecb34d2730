"""The rows of one table in the script of a dump: what stands in its COPY, and nothing else.

The script is read, never run. Whatever it holds besides is passed over, so that a dump of foreign origin can change
nothing but the rows that somebody asked for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planrun.core.quoting import unquoted
from planrun.errors import StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planrun.core.manifest import TableName

_WORD = rb'(?:"(?:[^"]|"")+"|[^\s".,()]+)'
_HEAD = re.compile(
    rb"COPY (?P<schema>%b)\.(?P<table>%b) (?:\((?P<columns>%b(?:, %b)*)\))? ?FROM stdin;\n"
    % (_WORD, _WORD, _WORD, _WORD)
)
_NAME = re.compile(_WORD)
_LAST = b"FROM stdin;\n"
_LONGEST_HEAD = 1 << 20
_END = b"\\.\n"
"""The line that ends rows; no row is written so, for COPY writes a backslash twice."""


def copied(
    script: Iterator[bytes], table: TableName, columns: Callable[[tuple[str, ...]], None], name: str
) -> Iterator[bytes]:
    """Yield the rows of a table as the script's COPY has them.

    Args:
        script: what pg_restore or pg_dump writes, in blocks.
        table: whose rows are wanted.
        columns: called with the names of its columns, before the first row.
        name: what the dump is called, for people.

    Raises:
        StepFailed: there are no rows of the table, or the script ends in their midst.
    """
    reader = _Reader(script)
    while (head := reader.head()) is not None:
        wanted = (_read(head["schema"]), _read(head["table"])) == (table.schema, table.name)
        if wanted:
            columns(tuple(_read(part[0]) for part in _NAME.finditer(head["columns"] or b"")))
        for rows in reader.rows():
            if wanted:
                yield rows
        if not reader.ended_well:
            raise StepFailed(f"{name} ends in the midst of the rows of table {_read(head['table'])}")
        if wanted:
            return
    raise StepFailed(f"{name} holds no rows of table {table.schema}.{table.name}")


def _read(written: bytes) -> str:
    return unquoted(written.decode(errors="surrogateescape"))


class _Reader:
    def __init__(self, script: Iterator[bytes]) -> None:
        self.ended_well = True
        self._script = script
        self._rest = b""

    def _more(self) -> bool:
        block = next(self._script, b"")
        self._rest += block
        return bool(block)

    def head(self) -> re.Match[bytes] | None:
        """Pass over the script up to the rows of the next COPY, and return its words; None at the end."""
        while True:
            if self._rest.startswith(b"COPY "):
                if found := _HEAD.match(self._rest):
                    self._rest = self._rest[found.end() :]
                    return found
                # A name may hold line breaks.
                if _LAST not in self._rest and len(self._rest) < _LONGEST_HEAD and self._more():
                    continue
            start = self._rest.find(b"\nCOPY ") + 1
            if start:
                self._rest = self._rest[start:]
            else:
                self._rest = self._rest[-len(b"\nCOPY ") :]
                if not self._more():
                    return None

    def rows(self) -> Iterator[bytes]:
        """Yield whole rows up to the end of the COPY."""
        self.ended_well = False
        while True:
            end = 0 if self._rest.startswith(_END) else self._rest.find(b"\n" + _END) + 1
            if end or self._rest.startswith(_END):
                if end:
                    yield self._rest[:end]
                self._rest = self._rest[end + len(_END) :]
                self.ended_well = True
                return
            whole = self._rest.rfind(b"\n") + 1
            # The last line may be the beginning of the end.
            if whole:
                yield self._rest[:whole]
                self._rest = self._rest[whole:]
            if not self._more():
                return
