"""Every form of a backup, as a plan asks for it: what lies in the set, and that all of it is of one instant."""

from __future__ import annotations

import json
import re
import stat
import subprocess
from dataclasses import dataclass

import pyrage
import pytest

from planrun.core.manifest import ArtifactKind, Column, TableName
from planrun.edges.backups import encryption, manifest, streams, tools, verify
from planrun.edges.postgres import content_hash
from planrun.edges.postgres.connection import open_connection
from planrun.errors import PlanInvalid, StatementFailed, StepFailed
from projects import Project, Watcher

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text, price numeric(10,2));
INSERT INTO items SELECT i, CASE WHEN i % 3 = 0 THEN NULL WHEN i % 3 = 1 THEN '' ELSE 'name ' || i END, i
  FROM generate_series(1, 1000) i;
CREATE TABLE events (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO events SELECT i, date '2026-01-01' + i % 59 FROM generate_series(1, 100) i;
CREATE SCHEMA other;
CREATE TABLE other.items (x int);
CREATE TABLE "a.b*""?" (x int);
INSERT INTO "a.b*""?" VALUES (1);
CREATE TABLE "ab" (x int);
CREATE VIEW seen AS SELECT id FROM items;
"""


@dataclass
class Made:
    path: object
    manifest: object

    def artifact(self, step):
        return next(artifact for artifact in self.manifest.artifacts if artifact.step == step)

    def file(self, step):
        (file,) = self.artifact(step).files
        return self.path / file.path


def made_by(project, **options):
    report = project.execute(**options)
    (path,) = (project.folder / "backups").iterdir()
    assert str(path) == report.backup_set
    return Made(path, manifest.read(path))


def settled(project):
    with project.database.connect() as connection:
        connection.execute(SETUP)
    return project


@pytest.fixture
def small(project):
    return settled(project)


@pytest.fixture
def every(database, tmp_path):
    """The same on each major: the programs differ."""
    return settled(Project(tmp_path, database))


def listing(database, archive):
    restore = tools.tools(database.major, database.params).pg_restore
    return subprocess.run([restore, "--list", archive], check=True, capture_output=True, text=True).stdout


def sound(path):
    """Nothing is wrong; that encrypted content was not looked at is a note."""
    return all(finding.level is verify.Severity.NOTE for finding in verify.verify(path))


def tables_in(text):
    return sorted(
        line.split(" TABLE ")[1].rsplit(" ", 1)[0]
        for line in text.splitlines()
        if re.search("; 1259 [0-9]+ TABLE ", line)
    )


def test_a_directory_is_private_whole_and_hashed(every):
    every.write("- {id: dump, backup: {database: {format: directory, jobs: 2}}}")
    made = made_by(every)
    artifact = made.artifact("dump")
    folder = made.path / "database" / "dump.dir"
    assert sorted(file.path for file in artifact.files) == sorted(
        f"database/dump.dir/{p.name}" for p in folder.iterdir()
    )
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "public items" in tables_in(listing(every.database, folder))
    assert [(table.schema, table.name, table.rows) for table in artifact.tables] == [
        ("other", "items", 0),
        ("public", 'a.b*"?', 1),
        ("public", "ab", 0),
        ("public", "events_1", 61),
        ("public", "events_2", 39),
        ("public", "items", 1000),
    ]
    assert sound(made.path)
    one = artifact.files[1]
    (made.path / one.path).write_bytes(b"x" * one.bytes)
    assert [finding.path for finding in verify.verify(made.path)] == [one.path]


@pytest.mark.parametrize("form", ["custom", "directory"])
def test_chosen_tables_are_those_and_no_others_with_all_partitions(every, form):
    every.write(f"""
    - id: dump
      backup: {{database: {{format: {form}, tables: [ITEMS, events, '"a.b*""?"', other.items]}}}}
    """)
    made = made_by(every)
    place = made.path / "database" / ("dump.dir" if form == "directory" else "dump.dump")
    names = ["other items", 'public a.b*"?', "public events", "public events_1", "public events_2", "public items"]
    assert tables_in(listing(every.database, place)) == sorted(names)
    held = [f"{table.schema} {table.name}" for table in made.artifact("dump").tables]
    assert held == [name for name in names if name != "public events"]


def test_chosen_schemas_are_dumped_alone(small):
    small.write("- {id: dump, backup: {database: {schemas: [other]}}}")
    made = made_by(small)
    assert tables_in(listing(small.database, made.file("dump"))) == ["other items"]
    assert [table.name for table in made.artifact("dump").tables] == ["items"]


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ("tables: [items, nothing, seen]", "there is no table nothing; seen is no table"),
        ("tables: [planrun.step]", "planrun's own schema"),
        ("schemas: [other, '*', planrun]", r"there is no schema \*, planrun \(planrun's own"),
    ],
)
def test_what_is_not_there_to_choose_is_refused(small, chosen, message):
    small.write(f"- {{id: dump, backup: {{database: {{{chosen}}}}}}}")
    with pytest.raises(StepFailed, match=message):
        small.execute()


def test_an_export_says_from_where_its_rows_come(every):
    every.write("""
    - {id: plain, backup: {csv: {sql: "SELECT name AS n, id AS number, price * 2 AS twice FROM items ORDER BY id"}}}
    - {id: parts, backup: {csv: {sql: "SELECT * FROM events"}}}
    - {id: keyless, backup: {csv: {sql: "SELECT name FROM items"}}}
    - {id: two, backup: {csv: {sql: "SELECT a.id, b.name FROM items a JOIN items b ON b.id = a.id + 1"}}}
    - {id: two_tables, backup: {csv: {sql: "SELECT i.id, e.at FROM items i JOIN events e ON e.id = i.id"}}}
    - {id: chosen, backup: {csv: {sql: "SELECT id FROM items WHERE id IN (SELECT max(id) FROM items)"}}}
    - {id: view, backup: {csv: {sql: "SELECT id FROM seen"}}}
    - {id: twice, backup: {csv: {sql: "SELECT id, name AS id FROM items"}}}
    - {id: moment, backup: {csv: {sql: "SELECT id, now() FROM items"}}}
    - {id: some, backup: {csv: {sql: "SELECT id FROM items LIMIT 5"}}}
    """)
    made = made_by(every)
    items = TableName("public", "items")
    said = {a.step: (a.table, a.key, a.hash is not None) for a in made.manifest.artifacts}
    assert said == {
        "plain": (items, ("number",), True),
        "parts": (TableName("public", "events"), ("id", "at"), True),
        "keyless": (items, None, True),
        "two": (None, None, True),
        "two_tables": (None, None, True),
        "chosen": (items, ("id",), False),
        "view": (None, None, False),
        "twice": (items, None, True),
        "moment": (items, ("id",), False),
        "some": (items, ("id",), False),
    }
    assert made.artifact("plain").columns == (
        Column("n", "text", "name"),
        Column("number", "integer", "id"),
        Column("twice", "numeric", None),
    )
    with open_connection(every.database.params) as connection:
        content = content_hash.query(connection, "SELECT name, id, price * 2 FROM items")
    assert made.artifact("plain").hash == content.hash


def test_a_copy_of_a_table_has_its_entry(small):
    small.write("""
    - {id: keep, backup: {table: items, where: "id > 990", into: kept_items}}
    """)
    made = made_by(small)
    (artifact,) = made.manifest.artifacts
    assert (artifact.kind, artifact.files, artifact.source) == (ArtifactKind.TABLE, (), '"public"."kept_items"')
    assert (artifact.table, artifact.key, artifact.rows) == (TableName("public", "items"), ("id",), 10)
    assert artifact.predicate == "id > 990"
    assert [column.source for column in artifact.columns] == ["id", "name", "price"]
    with open_connection(small.database.params) as connection:
        assert artifact.hash == content_hash.query(connection, "SELECT * FROM kept_items").hash


def test_a_copy_inside_one_transaction_is_named_only_after_its_commit(small):
    small.write(
        """
        - {id: keep, backup: {table: items, into: kept_items}}
        - {id: fails, needs: [keep], migrate: {sql: SELECT 1/0}}
        """,
        transaction="plan",
    )
    with pytest.raises(StatementFailed):
        small.execute()
    assert not (small.folder / "backups").exists()
    small.write("- {id: keep, backup: {table: items, into: kept_items}}")
    (artifact,) = made_by(small).manifest.artifacts
    assert artifact.rows == 1000


# --- compressed and encrypted --------------------------------------------------------------------


@pytest.fixture
def key(tmp_path):
    identity = pyrage.x25519.Identity.generate()
    path = tmp_path / "key.txt"
    path.write_text(f"# created for a test\n{identity}\n")
    return str(identity.to_public()), path


FORMS = """
- {id: custom, backup: {database: {format: custom}}}
- {id: plain, backup: {database: {format: plain, schema_only: true}}}
- {id: csv, backup: {csv: {sql: SELECT * FROM items ORDER BY id}}}
- {id: gzip, backup: {csv: {sql: SELECT * FROM items ORDER BY id, compress: gzip}}}
- {id: zstd, backup: {csv: {sql: SELECT * FROM items ORDER BY id, compress: zstd}}}
- {id: files, backup: {files: [plans/*.yaml]}}
"""


def content(made, step, identities=None):
    artifact = made.artifact(step)
    return b"".join(streams.reading(made.file(step), artifact.compression, artifact.encryption, identities))


def test_encrypted_files_hold_what_plain_ones_do(small, key, tmp_path):
    recipient, path = key
    small.write(FORMS)
    bare = made_by(small)
    small.database.connect().execute("DROP SCHEMA planrun CASCADE")
    bare.path.rename(tmp_path / bare.path.name)
    bare.path = tmp_path / bare.path.name
    small.write(FORMS, encrypt={"recipients": [recipient]})
    made = made_by(small)
    identities = encryption.read_identities(path)
    assert {step: made.file(step).name for step in ("custom", "gzip", "zstd", "files")} == {
        "custom": "custom.dump.age",
        "gzip": "gzip.csv.gz.age",
        "zstd": "zstd.csv.zst.age",
        "files": "files_001.age",
    }
    for step in ("csv", "gzip", "zstd"):
        assert content(made, step, identities) == content(bare, step) == bare.file("csv").read_bytes()
    assert content(made, "files", identities) == small.plan.read_bytes()
    for dump in (content(made, "plain", identities), content(bare, "plain")):
        assert b"PostgreSQL database dump complete" in dump[-300:]
    archive = tmp_path / "archive"
    archive.write_bytes(content(made, "custom", identities))
    assert "public items" in tables_in(listing(small.database, archive))
    assert b"name 2" not in b"".join(path.read_bytes() for path in made.path.rglob("*") if path.is_file())
    assert sound(made.path)


def test_a_plan_that_cannot_be_encrypted_is_refused_before_anything_runs(small):
    wrong = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
    small.write(FORMS, encrypt={"recipients": [wrong]})
    with pytest.raises(PlanInvalid, match=f"{wrong} is no public key"):
        small.execute()
    assert not (small.folder / "backups").exists()


@pytest.mark.parametrize(("library", "extra"), [("pyrage", "encrypt"), ("zstandard", "zstd")])
def test_a_missing_library_is_a_fault_with_its_cure(small, key, library, extra):
    small.write(FORMS, encrypt={"recipients": [key[0]]})
    (small.folder / "sitecustomize.py").write_text(f"""
import importlib.abc, sys
class Gone(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == {library!r}:
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, Gone())
""")
    for command in (["validate"], ["execute", "--yes"]):
        done = small.run(*command, str(small.plan), PYTHONPATH=str(small.folder))
        assert done.returncode == 2, done.stderr
        assert f"pip install 'planrun[{extra}]'" in done.stderr


# --- side by side --------------------------------------------------------------------------------

SEVERAL = """
- {id: dump, backup: {database: {format: custom}}}
- {id: one, backup: {csv: {sql: "SELECT *, pg_sleep(0.0003) FROM items ORDER BY id"}}}
- {id: two, backup: {csv: {sql: SELECT * FROM items ORDER BY id}}}
- {id: files, backup: {files: [plans/*.yaml]}}
- {id: three, needs: [two], backup: {csv: {sql: SELECT * FROM events}}}
"""


def recorded(project, made):
    with project.database.superuser() as connection:
        artifacts = connection.execute(
            "SELECT step, backup_type, backup_status, rows FROM planrun.artifact ORDER BY id"
        ).fetchall()
        steps = connection.execute("SELECT step, kind, status, rows FROM planrun.step ORDER BY id").fetchall()
    return artifacts, steps, [artifact.step for artifact in made.manifest.artifacts]


def test_the_record_is_the_same_for_any_number_of_jobs(small):
    records = []
    for jobs in (1, 4):
        small.write(SEVERAL)
        person = Watcher()
        made = made_by(small, jobs=jobs, person=person)
        order = [line.split()[1] for line in person.told if line.split()[0].isdigit()]
        records.append((*recorded(small, made), order, {c.what: c.unit for c in person.followed}))
        assert verify.verify(made.path) == ()
        small.database.connect().execute("DROP SCHEMA planrun CASCADE")
        made.path.rename(small.folder / f"kept_{jobs}")
    assert records[0] == records[1]
    assert records[0][3] == ["dump", "one", "two", "files", "three"]


def test_steps_side_by_side_read_one_instant(small):
    small.write("""
    - {id: slow, backup: {csv: {sql: "SELECT *, pg_sleep(0.001) FROM items ORDER BY id"}}}
    - {id: late, backup: {csv: {sql: "SELECT id FROM items"}}}
    """)
    with small.database.connect() as application:
        application.execute("CREATE TABLE signs (x int)")

        class Writer(Watcher):
            def follows(self, what, unit, total=None):
                application.execute("DELETE FROM items WHERE id > 500")
                return super().follows(what, unit, total)

        made = made_by(small, jobs=2, person=Writer())
    assert [artifact.rows for artifact in made.manifest.artifacts] == [1000, 1000]


def test_a_failure_stops_those_behind_it_and_lets_those_before_it_end(small):
    small.write("""
    - {id: before, backup: {csv: {sql: "SELECT *, pg_sleep(0.001) FROM items"}}}
    - {id: wrong, backup: {csv: {sql: SELECT nothing FROM items}}}
    - {id: behind, backup: {csv: {sql: "SELECT pg_sleep(600)"}}}
    - {id: never, backup: {csv: {sql: SELECT 1}}}
    """)
    with pytest.raises(StatementFailed, match="nothing"):
        small.execute(jobs=3)
    (path,) = (small.folder / "backups").iterdir()
    assert [artifact.step for artifact in manifest.read(path).artifacts] == ["before"]
    assert verify.verify(path) == ()
    with small.database.superuser() as connection:
        rows = connection.execute(
            "SELECT step, backup_status, error_message FROM planrun.artifact ORDER BY id"
        ).fetchall()
    assert [(step, status) for step, status, _ in rows] == [
        ("before", "completed"),
        ("wrong", "failed"),
        ("behind", "failed"),
    ]
    assert rows[2][2] == "it was stopped, because step wrong failed"
    small.write("- {id: before, backup: {csv: {sql: 'SELECT *, pg_sleep(0.001) FROM items'}}}")
    assert [step.status for step in small.execute().steps] == ["skipped"]


def test_the_first_error_in_the_order_of_the_plan_is_told(small):
    small.write("""
    - {id: later, backup: {csv: {sql: "SELECT 1 / (count(*) - 1000) FROM items, pg_sleep(0.3)"}}}
    - {id: sooner, backup: {csv: {sql: SELECT nothing FROM items}}}
    """)
    with pytest.raises(StatementFailed, match="division by zero"):
        small.execute(jobs=2)


def test_json_lists_the_jobs_option_and_the_set(small):
    small.write("- {id: one, backup: {csv: {sql: SELECT * FROM items}}}")
    done = small.run("execute", str(small.plan), "--yes", "--json", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"][0]["rows"] == 1000
