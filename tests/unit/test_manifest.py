"""The manifest: exact there and back, sealed, and judged alike by the code and by the published schema."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from planrun.core.manifest import (
    Artifact,
    ArtifactKind,
    Column,
    Manifest,
    Origin,
    StoredFile,
    TableContent,
    TableName,
    from_document,
    seal,
    to_document,
)
from planrun.core.manifest_rules import faults
from planrun.errors import EnvironmentFault

NOW = datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=UTC)
DIGEST = "a1" * 32
DUMP = Artifact(
    step="dump",
    kind=ArtifactKind.DATABASE,
    format="custom",
    files=(StoredFile("database/dump.dump", 1, DIGEST),),
    finished=NOW,
    server_version="16.14",
    pg_dump_version="16.14",
    encryption="age",
    tables=(TableContent("app", "a\nb", 3, "0f" * 16),),
)
CSV = Artifact(
    step="export",
    kind=ArtifactKind.CSV,
    format="csv",
    files=(StoredFile("csv_exports/export.csv", 2, DIGEST),),
    finished=NOW,
    server_version="16.14",
    source="SELECT '\u00e9\U0001f600\udc80'",
    columns=(Column("id", "bigint", "id"), Column("", "numeric(10,2)")),
    rows=0,
    null_marker=r"\N",
    compression="zstd",
    table=TableName("app", "t"),
    key=("id",),
    hash="0f" * 16,
)
FILE = Artifact(
    step="config",
    kind=ArtifactKind.FILES,
    format="raw",
    files=(StoredFile("configs/config_001", 0, DIGEST),),
    finished=NOW,
    server_version="16.14",
    source=".env",
    original=".env",
)
DIRECTORY = Artifact(
    step="all",
    kind=ArtifactKind.SCHEMA,
    format="directory",
    files=(StoredFile("database/all.dir/toc.dat", 5, DIGEST), StoredFile("database/all.dir/3001.dat.gz", 0, DIGEST)),
    finished=NOW,
    server_version="16.14",
    pg_dump_version="16.14",
)
COPY = Artifact(
    step="keep",
    kind=ArtifactKind.TABLE,
    format="table",
    files=(),
    finished=NOW,
    server_version="16.14",
    source="app.kept",
    columns=(Column("id", "bigint", "id"),),
    rows=4,
    table=TableName("app", "t"),
    key=("id",),
    predicate="id > 3",
    hash="0f" * 16,
)
MANIFEST = Manifest(
    "consolidation",
    7,
    NOW,
    Origin(database="propo", server_version="16.14", tool_version="0.1", snapshot="00000003-1"),
    (DUMP, CSV, FILE, DIRECTORY, COPY),
)
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "manifest.schema.json").read_text("utf-8"))


def sealed(document: dict) -> dict:
    return document | {"sha256": seal(document)}


def with_artifact(index: int, **changes: object) -> dict:
    document = copy.deepcopy(to_document(MANIFEST))
    document["artifacts"][index] |= changes
    return sealed(document)


def test_comes_back_from_json_as_it_was():
    assert from_document(json.loads(json.dumps(to_document(MANIFEST)))) == MANIFEST


def test_times_are_kept_in_utc():
    east = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    document = to_document(replace(MANIFEST, started=east))
    assert document["started"] == "2026-01-31T12:00:00.000005+00:00"


def test_the_schema_accepts_what_is_written():
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(to_document(MANIFEST))


def test_the_seal_covers_every_value_and_not_the_order_of_keys():
    document = to_document(MANIFEST)
    assert from_document(dict(reversed(document.items()))) == MANIFEST
    document["artifacts"][1]["rows"] = 1
    with pytest.raises(EnvironmentFault, match="seal does not fit"):
        from_document(document)


@pytest.mark.parametrize("document", [None, [], "x", 1])
def test_what_is_no_object_is_refused(document):
    with pytest.raises(EnvironmentFault, match="wanted an object"):
        from_document(document)


def test_all_faults_are_told_at_once():
    document = with_artifact(0, rows=True, step="A1") | {"run": -1, "mood": 1}
    del document["plan"]
    told = "\n".join(faults(sealed(document)))
    for word in ("plan is missing", "run:", "'mood' is not known", "artifacts[0].rows", "artifacts[0].step"):
        assert word in told


@pytest.mark.parametrize(
    "path",
    [
        "../database/x",
        "database/../x",
        "/database/x",
        "database/.x",
        "database/a/b",
        "database/a\n",
        "other/x",
        "database/",
        "database/a.dir/../x",
        "database/a.dir/b/c",
        "csv_exports/a.dir/b",
        "manifest.json",
    ],
)
def test_a_path_cannot_leave_the_folders_of_the_set(path):
    document = with_artifact(0, files=[{"path": path, "bytes": 1, "sha256": DIGEST}])
    assert faults(document)
    # Python's $ stands before a last line break, too; that of ECMAScript, which the schema means, does not.
    assert path.endswith("\n") or not Draft202012Validator(SCHEMA).is_valid(document)


@pytest.mark.parametrize(
    ("index", "changes"),
    [
        (0, {"files": [{"path": "csv_exports/dump.dump", "bytes": 1, "sha256": DIGEST}]}),
        (0, {"files": [{"path": "database/a.dir/toc.dat", "bytes": 1, "sha256": DIGEST}]}),
        (0, {"files": [{"path": "database/a", "bytes": 1, "sha256": DIGEST[1:]}]}),
        (0, {"files": [{"path": "database/a", "bytes": -1, "sha256": DIGEST}]}),
        (0, {"files": []}),
        (0, {"hash": "0f" * 16}),
        (0, {"compression": "gzip"}),
        (0, {"tables": [{"schema": "a", "name": "b", "rows": 1, "hash": "0"}]}),
        (1, {"tables": []}),
        (1, {"key": []}),
        (1, {"hash": "0f"}),
        (1, {"predicate": "true"}),
        (1, {"table": {"schema": "app"}}),
        (3, {"files": []}),
        (3, {"files": [{"path": "database/all.dump", "bytes": 1, "sha256": DIGEST}]}),
        (4, {"files": [{"path": "database/keep", "bytes": 1, "sha256": DIGEST}]}),
        (4, {"encryption": "age"}),
        (4, {"table": None}),
        (0, {"format": "csv"}),
        (0, {"pg_dump_version": None}),
        (1, {"columns": None}),
        (1, {"rows": None}),
        (1, {"null_marker": None}),
        (1, {"source": None}),
        (1, {"columns": [{"name": "id"}]}),
        (2, {"original": None}),
        (2, {"format": "plain"}),
        (2, {"finished": "2026-01-31T12:00:00"}),
        (2, {"kind": "mood"}),
        (2, {"step": "../x"}),
    ],
)
def test_each_kind_of_artifact_has_what_it_needs(index, changes):
    document = with_artifact(index, **changes)
    assert faults(document)
    assert not Draft202012Validator(SCHEMA).is_valid(document)


def test_a_day_that_does_not_exist_is_refused():
    assert faults(with_artifact(0, finished="2026-02-31T12:00:00.000000+00:00"))


def test_no_path_stands_twice():
    document = to_document(replace(MANIFEST, artifacts=(DUMP, DUMP)))
    with pytest.raises(EnvironmentFault, match="stands twice"):
        from_document(document)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=4) | st.sampled_from(["raw", "csv", DIGEST]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@given(st.data())
def test_the_code_and_the_schema_agree_on_any_change(data):
    document = copy.deepcopy(to_document(MANIFEST))
    place = data.draw(st.sampled_from([document, *document["artifacts"]]))
    key = data.draw(st.sampled_from([*place, "mood"]))
    if data.draw(st.booleans()):
        place.pop(key, None)
    else:
        place[key] = data.draw(JSON_VALUES)
    assert (not faults(document)) == Draft202012Validator(SCHEMA).is_valid(document), faults(document)
