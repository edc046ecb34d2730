"""The manifest of a backup set as a value: what was saved, from where, and how to recognise it again.

Only what a manifest names counts as a backup. Its seal, a SHA-256 over everything else in it, shows damage
and careless edits; it is not a signature, since whoever can write the folder can make a new one.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, fields
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from planrun.core.catalog import quoted
from planrun.core.documents import instant_text
from planrun.core.manifest_rules import SHAPES, VERSION, faults
from planrun.errors import EnvironmentFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class ArtifactKind(StrEnum):
    """What a backup holds."""

    DATABASE = "database"
    SCHEMA = "schema"
    CSV = "csv"
    FILES = "files"
    TABLE = "table"

    @property
    def folder(self) -> str:
        """The folder of the set that files of this kind lie in; empty for a table, which stays in the database."""
        return SHAPES[self].folder


@frozen
class StoredFile:
    """A file of the set: its path relative to the set, with ``/``, and size and SHA-256 (hex) of what lies there.

    What lies there may be compressed and encrypted. The path is made by planrun, never from a name in the database.
    """

    path: str
    bytes: int
    sha256: str


@frozen
class Column:
    """A column of a CSV file or a table copy.

    Attributes:
        type: as ``format_type`` prints it under an empty search_path.
        source: the column of the artifact's table that it is; None for an expression.
    """

    name: str
    type: str
    source: str | None = None


@frozen
class TableName:
    """A table by its schema and its name, as they stand in the catalogs."""

    schema: str
    name: str

    @property
    def qualified(self) -> str:
        """The quoted, schema-qualified name."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"


@frozen
class TableContent:
    """The rows of one table in a dump: how many, and their content hash (see `Artifact.hash`)."""

    schema: str
    name: str
    rows: int
    hash: str


@frozen(kw_only=True)
class Artifact:
    """One finished backup: a file, the files of a directory dump, or a copy of a table inside the database.

    Attributes:
        step: the id of the step that made it.
        format: ``custom``, ``directory`` or ``plain`` (pg_dump), ``csv``, ``raw`` (a copied file), or ``table``.
        files: what lies in the set; nothing for a copy of a table.
        source: the query of a CSV file, the glob pattern of a copied file, the name of the copy of a table.
        original: the path that a copied file had, relative to the project.
        rows: the rows of a CSV file, without its header, or of a copy of a table.
        null_marker: what stands, unquoted, for NULL in a CSV file.
        finished: when it was complete, in UTC by the server's clock.
        compression: ``gzip`` or ``zstd`` of a CSV file.
        encryption: ``age``, or None where the files are not encrypted.
        table: the one table that the rows come from.
        key: the columns, by their names here, that tell the rows of `table` apart; None where not all are there.
        predicate: which rows of `table` were copied, as SQL; None for all of them.
        hash: the content hash of the rows: 32 hexadecimal digits that do not depend on their order, and that the same
            rows have in every database and under every setting.
        tables: the content of every table whose rows a dump holds.
    """

    step: str
    kind: ArtifactKind
    format: str
    files: tuple[StoredFile, ...]
    finished: datetime
    server_version: str
    source: str | None = None
    original: str | None = None
    columns: tuple[Column, ...] | None = None
    rows: int | None = None
    null_marker: str | None = None
    pg_dump_version: str | None = None
    compression: str | None = None
    encryption: str | None = None
    table: TableName | None = None
    key: tuple[str, ...] | None = None
    predicate: str | None = None
    hash: str | None = None
    tables: tuple[TableContent, ...] | None = None

    @property
    def pg_dump_major(self) -> int | None:
        """The major version of the pg_dump that made it, which is that of the server; None where none did."""
        found = re.match(r"[0-9]+", self.pg_dump_version or "")
        return int(found[0]) if found else None

    @property
    def bytes(self) -> int:
        """The bytes of all its files."""
        return sum(file.bytes for file in self.files)


@frozen(kw_only=True)
class Origin:
    """Where the rows of a set come from.

    Attributes:
        system_identifier: of the cluster; None where the role may not read it.
        snapshot: the id of the exported snapshot that dumps and exports share; None without one.
        tool_version: the planrun that made the set.
    """

    database: str
    server_version: str
    tool_version: str
    system_identifier: str | None = None
    snapshot: str | None = None


@frozen
class Manifest:
    """A backup set: its plan and run, when it was begun (UTC), its origin and its finished files."""

    plan: str
    run: int
    started: datetime
    origin: Origin
    artifacts: tuple[Artifact, ...] = ()

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """Every file that the set consists of, beside the manifest itself."""
        return tuple(file for artifact in self.artifacts for file in artifact.files)

    @property
    def bytes(self) -> int:
        """The bytes of all these files."""
        return sum(file.bytes for file in self.files)


def to_document(manifest: Manifest) -> dict[str, Any]:
    """Return the manifest as what JSON can hold, with its seal under ``sha256``."""
    document = {
        "manifest": VERSION,
        "plan": manifest.plan,
        "run": manifest.run,
        "started": instant_text(manifest.started),
        **asdict(manifest.origin),
        "artifacts": [_artifact_document(artifact) for artifact in manifest.artifacts],
    }
    return document | {"sha256": seal(document)}


def from_document(document: object) -> Manifest:
    """Return the manifest that `document`, parsed from JSON, describes.

    Raises:
        EnvironmentFault: it is not a manifest, or its seal does not fit; names every fault.
    """
    found = faults(document)
    if found or not isinstance(document, dict):
        raise EnvironmentFault(f"the manifest cannot be used: {'; '.join(found)}", hint=_HINT)
    if document["sha256"] != seal(document):
        raise EnvironmentFault("the manifest was changed or damaged: its seal does not fit", hint=_HINT)
    return Manifest(
        plan=document["plan"],
        run=document["run"],
        started=datetime.fromisoformat(document["started"]),
        origin=Origin(**{item.name: document[item.name] for item in fields(Origin)}),
        artifacts=tuple(_artifact(entry) for entry in document["artifacts"]),
    )


def seal(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of the canonical JSON of everything in `document` but its seal."""
    rest = {key: value for key, value in document.items() if key != "sha256"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def seal_of(manifest: Manifest) -> str:
    """Return the seal of a manifest as its file has it."""
    return seal(to_document(manifest))


# --- to and from JSON --------------------------------------------------------------------------

_HINT = "this set cannot count as a backup; take another, and look at this one by hand"


def _artifact_document(artifact: Artifact) -> dict[str, Any]:
    return asdict(artifact) | {
        "finished": instant_text(artifact.finished),
        "files": [asdict(file) for file in artifact.files],
        "columns": _listed(artifact.columns),
        "key": None if artifact.key is None else list(artifact.key),
        "tables": _listed(artifact.tables),
    }


def _listed(values: Sequence[Column | TableContent] | None) -> list[dict[str, Any]] | None:
    return None if values is None else [asdict(value) for value in values]


def _artifact(entry: dict[str, Any]) -> Artifact:
    columns, table, key, tables = (entry[name] for name in ("columns", "table", "key", "tables"))
    return Artifact(
        **entry
        | {
            "kind": ArtifactKind(entry["kind"]),
            "finished": datetime.fromisoformat(entry["finished"]),
            "files": tuple(StoredFile(**file) for file in entry["files"]),
            "columns": None if columns is None else tuple(Column(**column) for column in columns),
            "table": None if table is None else TableName(**table),
            "key": None if key is None else tuple(key),
            "tables": None if tables is None else tuple(TableContent(**content) for content in tables),
        }
    )
