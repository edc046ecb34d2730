"""Adds to a manifest what the steps of a run will say of tables, until they do."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from planrun.core.manifest import Artifact, ArtifactKind, Column, TableName
from planrun.edges.backups import manifest as manifest_file
from planrun.edges.postgres import content_hash
from planrun.edges.postgres.connection import open_connection

if TYPE_CHECKING:
    from pathlib import Path


def enriched(project, folder: Path) -> Path:
    found = manifest_file.read(folder)
    copies = {s.work.into for s in project.schedule.steps if type(s.work).__name__ == "TableCopyWork"}
    with open_connection(project.database.params) as c:
        artifacts = [_one(c, a, copies) for a in found.artifacts]
        have = {a.step for a in artifacts}
        for step in project.schedule.steps:
            if type(step.work).__name__ == "TableCopyWork" and step.id not in have:
                artifacts.append(_copy(c, step, found))  # noqa: PERF401
    descriptor = os.open(folder, os.O_RDONLY)
    manifest_file.write(descriptor, folder, replace(found, artifacts=tuple(artifacts)))
    os.close(descriptor)
    return folder


def _key(c, oid):
    row = c.execute(
        "SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum)) FROM pg_index i"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
        " WHERE i.indrelid = $1 AND i.indisprimary",
        [oid],
    ).fetchone()
    return row[0] if row else None


def _one(c, a: Artifact, copies) -> Artifact:
    if a.kind is ArtifactKind.DATABASE and a.tables is None:
        return replace(a, tables=content_hash.tables_of(c, lambda t: t.name not in copies))
    if a.kind is ArtifactKind.CSV and a.hash is None:
        content = content_hash.query(c, a.source)
        name = a.source.split("FROM", 1)[1].split()[0].rstrip(",")
        oid, schema, table = c.execute(
            "SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE c.oid = to_regclass($1)",
            [name],
        ).fetchone()
        key = _key(c, oid)
        columns = tuple(replace(x, source=x.name) for x in a.columns)
        names = {x.name for x in columns}
        return replace(
            a,
            hash=content.hash,
            table=TableName(schema, table),
            columns=columns,
            key=tuple(key) if key and set(key) <= names else None,
        )
    return a


def _copy(c, step, found) -> Artifact:
    work = step.work
    c.execute("SET search_path = ''")
    cols = c.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = $1::regclass"
        " AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [f"public.{work.into}"],
    ).fetchall()
    c.execute("RESET search_path")
    oid, schema, table = c.execute(
        "SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE c.oid = to_regclass($1)",
        [work.table],
    ).fetchone()
    content = content_hash.table(c, TableName("public", work.into), [n for n, _ in cols])
    key = _key(c, oid)
    return Artifact(
        step=step.id,
        kind=ArtifactKind.TABLE,
        format="table",
        files=(),
        finished=datetime(2026, 1, 1, tzinfo=UTC),
        server_version=found.origin.server_version,
        source=work.into,
        columns=tuple(Column(n, t, n) for n, t in cols),
        rows=content.rows,
        table=TableName(schema, table),
        key=tuple(key) if key else None,
        predicate=work.where,
        hash=content.hash,
    )


def with_artifacts(folder: Path, change) -> None:
    """Write a manifest anew, sealed, whose artifacts were changed."""
    found = manifest_file.read(folder)
    descriptor = os.open(folder, os.O_RDONLY)
    manifest_file.write(descriptor, folder, replace(found, artifacts=tuple(map(change, found.artifacts))))
    os.close(descriptor)
