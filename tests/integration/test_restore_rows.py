"""Rows of a backup back in tables that live on: what comes back, what is a conflict, and what is refused."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import zoo
from fingerprint import difference, fingerprint
from planrun.app import restoring
from planrun.app.restore_words import Wanted
from planrun.core.manifest import TableName
from planrun.core.policy import OnConflict
from planrun.edges.postgres import content_hash
from planrun.edges.postgres.connection import open_connection
from planrun.errors import Conflict, Refused, StepFailed, UsageFault
from projects import Counted, Project, Watcher, held, until, working

if TYPE_CHECKING:
    from bench import Database

TENANTS = """
CREATE TABLE tenants (id int PRIMARY KEY, name text, rent numeric, note text DEFAULT 'none');
INSERT INTO tenants SELECT i, 'tenant ' || i, i * 1.10, 'note ' || i FROM generate_series(1, 10) i;
"""
EXPORT = '- {id: saved, backup: {csv: {sql: "SELECT id, name, rent FROM tenants"}}}'


@dataclass
class Story:
    """A database, a plan that saved rows of it and changed them, and the set."""

    project: Project
    folder: Path

    @property
    def database(self) -> Database:
        return self.project.database

    def sql(self, text):
        with self.database.connect() as owner:
            cursor = owner.execute(text)
            return cursor.fetchall() if cursor.description else None

    def restore(self, *, person=None, **wanted):
        wanted = {"yes": True, "steps": ("saved",), **wanted}
        return restoring.restore(
            str(self.folder), self.database.params, Wanted(**wanted), person or Watcher(), lambda: datetime.now(UTC)
        )

    def conflicts(self, **wanted):
        found = self.restore(dry_run=True, **wanted).conflicts
        return [(c.key, c.column, c.kind, c.before, c.after, c.now) for c in found]

    def counts(self, **wanted):
        (table,) = self.restore(dry_run=True, **wanted).tables
        return {name: getattr(table, name) for name in ("saved", "equal", "back", "changed", "besides")}


@pytest.fixture
def programs(database, monkeypatch):
    """The client programs of the server, wherever they were fetched to."""
    monkeypatch.setenv("PLANRUN_PG_BINDIR", str(database.server.installation.bindir))


@pytest.fixture
def tell(any_database, tmp_path):
    def tell(setup=TENANTS, backup=EXPORT, *changes, database=any_database):
        project = Project(tmp_path, database)
        with database.connect() as owner:
            owner.execute(setup)
        lines = [backup, *(f"- {{id: change_{n}, migrate: {{sql: {sql!r}}}}}" for n, sql in enumerate(changes))]
        project.write("\n".join(lines))
        last = [line for line in backup.splitlines() if "id: " in line][-1].split("id: ")[1].split(",")[0].strip()
        folder = Path(project.execute(until=last).backup_set)
        if changes:
            project.execute()
        return Story(project, folder)

    return tell


# --- what comes back -------------------------------------------------------------------------------------


def test_missing_rows_come_back_and_what_is_not_in_the_backup_stays(tell):
    story = tell()
    story.sql(
        "DELETE FROM tenants WHERE id > 7; INSERT INTO tenants VALUES (11, 'new', 1); UPDATE tenants SET note = 'x'"
    )
    assert story.counts() == {"saved": 10, "equal": 7, "back": 3, "changed": 0, "besides": 1}
    (table,) = story.restore().tables
    assert (table.back, table.unsaved) == (3, ("note",))
    assert story.sql("SELECT id, rent::text, note FROM tenants WHERE id > 6 ORDER BY id")[1:3] == [
        (8, "8.80", "none"),
        (9, "9.90", "none"),
    ]
    assert story.sql("SELECT count(*) FROM tenants WHERE id = 11 OR note = 'x'") == [(8,)]


def test_what_a_run_wrote_comes_back(tell):
    story = tell(TENANTS, EXPORT, "UPDATE tenants SET rent = NULL WHERE id < 6", "DELETE FROM tenants WHERE id = 10")
    story.sql("UPDATE tenants SET note = 'of the application'")
    assert story.counts() == {"saved": 10, "equal": 4, "back": 1, "changed": 5, "besides": 0}
    assert story.restore().conflicts == ()
    assert story.sql("SELECT count(*) FROM tenants WHERE rent = id * 1.10") == [(10,)]
    assert story.sql("SELECT count(*) FROM tenants WHERE note = 'of the application'") == [(9,)]


def test_a_restore_is_a_run_that_can_be_taken_back(tell):
    story = tell(TENANTS, EXPORT, "UPDATE tenants SET rent = 0 WHERE id < 6")
    story.sql("DELETE FROM tenants WHERE id = 9; UPDATE tenants SET name = 'x' WHERE id = 1")
    before = fingerprint(story.database)
    report = story.restore(on_conflict=OnConflict.RESTORE)
    assert difference(before, fingerprint(story.database)) != ""
    done = story.project.rollback(run=report.run)
    assert done.steps == ("restore:saved",)
    assert difference(before, fingerprint(story.database)) == ""
    # The plan itself is as it was: nothing is left to do, and its own run can be taken back.
    assert story.project.execute().run is None
    assert story.project.preview().possible


def test_every_type_comes_back_exactly(tell, database, programs):
    story = tell(
        zoo.VALUES,
        '- {id: saved, backup: {csv: {sql: "SELECT * FROM zoo"}}}\n- {id: dump, backup: {database: {}}}\n'
        "- {id: copy, backup: {table: zoo, into: kept}}",
        database=database,
    )
    nulls = ", ".join(f"c{n} = NULL" for n, kind in enumerate(zoo.TYPES) if kind.sql != "named")
    for wanted in ({}, {"steps": ("copy",)}, {"steps": ("dump",), "tables": ("zoo",)}):
        with open_connection(database.params) as connection:
            names = ["id", *(f"c{n}" for n in range(len(zoo.TYPES)))]
            before = content_hash.table(connection, TableName("public", "zoo"), names)
        story.sql(f"DELETE FROM zoo WHERE id = 5; UPDATE zoo SET {nulls} WHERE id < 3")
        assert story.restore(on_conflict=OnConflict.RESTORE, **wanted).tables[0].back == 1
        with open_connection(database.params) as connection:
            assert content_hash.table(connection, TableName("public", "zoo"), names) == before


def test_rows_of_odd_names_come_back(tell, database, programs):
    setup = zoo.OBJECTS[: zoo.OBJECTS.index("CREATE SEQUENCE")]
    name = zoo.OBJECTS.split("CREATE TABLE ")[1].split(" (")[0]
    forms = {f"dump_{form}": f"database: {{format: {form}}}" for form in ("custom", "directory", "plain")}
    for form in ("", ", compress: gzip", ", compress: zstd"):
        forms[f"rows{form[-4:].strip()}"] = f"csv: {{sql: {json.dumps(f'TABLE {name}')}{form}}}"
    backup = "\n".join(f"- {{id: {step}, backup: {{{form}}}}}" for step, form in forms.items())
    story = tell(setup, backup, database=database)
    before = fingerprint(story.database)
    for step in forms:
        story.sql(f"DELETE FROM {name}")
        tables = (name,) if step.startswith("dump") else ()
        report = story.restore(steps=(step,), tables=tables, on_conflict=OnConflict.RESTORE)
        assert report.tables[0].back == 5
        assert difference(before, fingerprint(story.database)) == ""


def test_a_generated_column_and_an_identity_come_back(tell):
    story = tell(
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int,"
        " b int GENERATED ALWAYS AS (a * 2) STORED);"
        "INSERT INTO t (a) SELECT generate_series(1, 5)",
        '- {id: saved, backup: {csv: {sql: "SELECT id, a, b FROM t"}}}',
        "UPDATE t SET a = 0",
    )
    story.sql("DELETE FROM t WHERE id = 3")
    assert [kind for _, _, kind, *_ in story.conflicts()] == ["deleted"]
    story.restore(on_conflict=OnConflict.RESTORE)
    assert story.sql("SELECT * FROM t ORDER BY id") == [(i, i, i * 2) for i in range(1, 6)]


def test_rows_of_partitions_come_back_by_their_root(tell):
    story = tell(
        "CREATE TABLE t (id int PRIMARY KEY, a text) PARTITION BY RANGE (id);"
        "CREATE TABLE other (a text, id int NOT NULL);"
        "CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (5); ALTER TABLE t ATTACH PARTITION other FOR VALUES"
        " FROM (5) TO (100); INSERT INTO t SELECT i, 'a' || i FROM generate_series(1, 9) i",
        '- {id: saved, backup: {csv: {sql: "SELECT id, a FROM t"}}}',
        "UPDATE t SET a = 'moved' WHERE id IN (2, 7)",
    )
    story.sql("DELETE FROM t WHERE id IN (1, 8); UPDATE t SET a = 'app' WHERE id = 9")
    assert story.conflicts() == [("id = 9", "a", "changed", "a9", None, "app")]
    report = story.restore(on_conflict=OnConflict.KEEP)
    assert (report.tables[0].back, report.tables[0].changed) == (2, 2)
    assert story.sql("SELECT count(*) FROM t WHERE a = 'a' || id") == [(8,)]
    story.project.rollback(run=report.run)
    assert story.sql("SELECT count(*) FROM t WHERE a = 'a' || id") == [(4,)]


def test_tables_that_refer_to_one_another_come_back_together(tell):
    story = tell(
        "CREATE TABLE p (id int PRIMARY KEY, c int); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p);"
        "INSERT INTO p VALUES (1, 1); INSERT INTO c VALUES (1, 1); ALTER TABLE p ADD FOREIGN KEY (c) REFERENCES c",
        '- {id: children, backup: {csv: {sql: "SELECT id, p FROM c"}}}\n'
        '- {id: saved, backup: {csv: {sql: "SELECT id, c FROM p"}}}',
    )
    story.sql("ALTER TABLE p DISABLE TRIGGER USER; UPDATE p SET c = NULL; DELETE FROM c; DELETE FROM p")
    with pytest.raises(Refused, match=r"do not go with those that are there: .* foreign key"):
        story.restore(steps=("children",))
    assert story.sql("SELECT * FROM c") == []
    story.restore(steps=("children", "saved"))
    assert story.sql("SELECT * FROM c, p") == [(1, 1, 1, 1)]


def test_a_row_without_a_value_that_must_be_there_by_now_is_refused_with_the_cure(tell):
    story = tell()
    story.sql("DELETE FROM tenants WHERE id = 3; ALTER TABLE tenants ADD born date; UPDATE tenants SET born = now()")
    story.sql("ALTER TABLE tenants ALTER born SET NOT NULL")
    with pytest.raises(Refused, match=r"do not go with those that are there: null value") as caught:
        story.restore(steps=("saved",))
    assert "give the column a default" in (caught.value.hint or "")


def test_triggers_and_rules_do_not_act_and_are_as_before(tell):
    story = tell(
        TENANTS
        + "CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := 'loud'; RETURN NEW; END $$;"
        "CREATE TRIGGER loud BEFORE INSERT OR UPDATE ON tenants FOR EACH ROW EXECUTE FUNCTION loud();"
        "CREATE RULE quiet AS ON INSERT TO tenants WHERE NEW.id = 2 DO INSTEAD NOTHING"
    )
    before = fingerprint(story.database)
    story.sql("DELETE FROM tenants WHERE id < 4")
    story.restore(steps=("saved",))
    story.sql(
        "ALTER TABLE tenants DISABLE TRIGGER USER; UPDATE tenants SET note = 'note ' || id;"
        "ALTER TABLE tenants ENABLE TRIGGER USER"
    )
    assert difference(before, fingerprint(story.database)) == ""


# --- conflicts -------------------------------------------------------------------------------------------


@pytest.fixture
def meddled(tell):
    story = tell(TENANTS, EXPORT, "UPDATE tenants SET rent = 0, name = 'moved' WHERE id < 6")
    story.sql(
        "UPDATE tenants SET rent = 7 WHERE id = 1; UPDATE tenants SET name = 'app' WHERE id = 8;"
        "DELETE FROM tenants WHERE id IN (2, 9)"
    )
    return story


def test_what_the_application_wrote_since_is_listed_by_table_key_and_column(meddled):
    before = fingerprint(meddled.database)
    assert meddled.conflicts() == [
        ("id = 1", "rent", "changed", "1.10", "0", "7"),
        ("id = 2", None, "deleted", "tenant 2, 2.20", None, None),
        ("id = 8", "name", "changed", "tenant 8", None, "app"),
    ]
    with pytest.raises(Conflict, match="3 conflicts") as caught:
        meddled.restore()
    assert {conflict.relation for conflict in caught.value.conflicts} == {'"public"."tenants"'}
    assert difference(before, fingerprint(meddled.database)) == ""


def test_keep_leaves_what_the_application_wrote(meddled):
    report = meddled.restore(on_conflict=OnConflict.KEEP)
    assert {conflict.outcome for conflict in report.conflicts} == {"kept"}
    rows = {row[0]: row[1:] for row in meddled.sql("SELECT id, name, rent::text FROM tenants")}
    assert rows[1] == ("tenant 1", "7")
    assert rows[8] == ("app", "8.80")
    assert rows[9] == ("tenant 9", "9.90")
    assert 2 not in rows
    assert rows[5] == ("tenant 5", "5.50")


def test_restore_brings_back_what_was_saved(meddled):
    report = meddled.restore(on_conflict=OnConflict.RESTORE)
    assert {conflict.outcome for conflict in report.conflicts} == {"restored"}
    assert meddled.sql("SELECT count(*) FROM tenants WHERE name = 'tenant ' || id AND rent = id * 1.10") == [(10,)]


def test_the_last_of_several_steps_says_what_a_run_wrote(tell):
    story = tell(
        TENANTS,
        EXPORT,
        "UPDATE tenants SET rent = 1 WHERE id < 4",
        "UPDATE tenants SET rent = 2 WHERE id < 3",
        "DELETE FROM tenants WHERE id = 7",
    )
    story.sql("UPDATE tenants SET rent = 1 WHERE id = 1; INSERT INTO tenants VALUES (7, 'again', 7.7)")
    assert story.conflicts() == [
        ("id = 1", "rent", "changed", "1.10", "2", "1"),
        ("id = 7", "name", "changed", "tenant 7", None, "again"),
        ("id = 7", "rent", "changed", "7.70", None, "7.7"),
    ]
    story.restore(on_conflict=OnConflict.KEEP)
    assert story.sql("SELECT rent::text FROM tenants WHERE id IN (2, 3) ORDER BY id") == [("2.20",), ("3.30",)]


def test_a_column_that_the_run_did_not_change_is_the_applications(tell):
    """The images hold every column of a row; only those that the step changed are what it wrote."""
    story = tell(TENANTS, EXPORT)
    story.sql("UPDATE tenants SET name = 'app' WHERE id = 1")
    story.project.write(EXPORT + "\n- {id: later, migrate: {sql: 'UPDATE tenants SET rent = 0 WHERE id = 1'}}")
    story.project.execute()
    assert story.conflicts() == [("id = 1", "name", "changed", "tenant 1", None, "app")]


def test_what_was_taken_back_is_known_no_more(tell):
    story = tell(TENANTS, EXPORT, "UPDATE tenants SET rent = 0 WHERE id = 1")
    story.project.rollback()
    assert story.counts()["equal"] == 10
    story.sql("UPDATE tenants SET rent = 0 WHERE id = 1")
    assert [c[:3] for c in story.conflicts()] == [("id = 1", "rent", "changed")]


def test_keys_that_are_equal_and_not_the_same_are_told_apart(tell):
    story = tell(
        "CREATE TABLE t (id numeric PRIMARY KEY, a float8); INSERT INTO t VALUES (1.10, '-0'), (2, 1)",
        '- {id: saved, backup: {csv: {sql: "SELECT id, a FROM t"}}}',
        "UPDATE t SET id = 1.1, a = 0 WHERE id = 1.1",
    )
    assert story.counts()["changed"] == 1
    story.restore()
    assert story.sql("SELECT id::text, a::text FROM t ORDER BY id") == [("1.10", "-0"), ("2", "1")]


def test_a_key_of_nothing_but_nulls_is_one(tell):
    story = tell(
        "CREATE TYPE pair AS (a int, b text); CREATE TABLE t (p pair PRIMARY KEY, v int);"
        " INSERT INTO t VALUES ((NULL, NULL), 1), ((1, NULL), 2)",
        '- {id: saved, backup: {csv: {sql: "SELECT p, v FROM t"}}}',
        "UPDATE t SET v = v + 10",
    )
    assert story.counts() == {"saved": 2, "equal": 0, "back": 0, "changed": 2, "besides": 0}
    story.restore()
    assert story.sql("SELECT p::text, v FROM t ORDER BY v") == [("(,)", 1), ("(1,)", 2)]


# --- refused ---------------------------------------------------------------------------------------------


def test_rows_that_cannot_be_told_apart_are_refused(tell):
    story = tell(TENANTS, '- {id: saved, backup: {csv: {sql: "SELECT name, rent FROM tenants"}}}')
    with pytest.raises(Refused, match="without a key that tells them apart"):
        story.restore()


def test_a_row_that_was_saved_twice_comes_back_never(tell):
    story = tell(TENANTS, EXPORT.replace("FROM tenants", "FROM tenants, generate_series(1, 2)"))
    story.sql("DELETE FROM tenants WHERE id = 3")
    with pytest.raises(Refused, match=r"duplicate key|come from no one table"):
        story.restore()
    assert story.sql("SELECT count(*) FROM tenants") == [(9,)]


def test_a_table_of_another_shape_is_refused_with_all_that_differs(tell):
    story = tell()
    story.sql("ALTER TABLE tenants DROP COLUMN name; ALTER TABLE tenants ALTER rent TYPE float8; DELETE FROM tenants")
    with pytest.raises(
        Refused, match="no column name any more; its column rent is of type double precision, and was num"
    ):
        story.restore()
    story.sql("DROP TABLE tenants")
    with pytest.raises(Refused, match="there is no table"):
        story.restore()


def test_a_key_that_is_none_any_more_is_refused(tell):
    story = tell()
    story.sql("ALTER TABLE tenants DROP CONSTRAINT tenants_pkey")
    with pytest.raises(Refused, match="no key"):
        story.restore()


def test_a_copy_that_was_changed_is_no_backup(tell):
    story = tell(TENANTS, EXPORT.replace("saved", "export") + "\n- {id: saved, backup: {table: tenants, into: kept}}")
    story.sql("UPDATE kept SET rent = 0 WHERE id = 1; DELETE FROM tenants")
    with pytest.raises(StepFailed, match="not those that were saved; nothing was changed"):
        story.restore()
    assert story.sql("SELECT count(*) FROM tenants") == [(0,)]
    story.sql("DROP TABLE kept")
    with pytest.raises(Refused, match=r'the copy "public"."kept"'):
        story.restore()


def test_a_flipped_byte_is_found_before_anything_is_written(tell):
    story = tell()
    story.sql("DELETE FROM tenants")
    path = story.folder / "csv_exports" / "saved.csv"
    path.write_bytes(path.read_bytes().replace(b"tenant 3", b"tenant 4"))
    with pytest.raises(StepFailed, match="cannot be relied on, and nothing was written"):
        story.restore()
    assert story.sql("SELECT count(*) FROM tenants") == [(0,)]


def test_what_is_no_table_of_the_dump_is_told(tell):
    story = tell(TENANTS + "CREATE SCHEMA s; CREATE TABLE s.tenants (a int)", "- {id: dump, backup: {database: {}}}")
    with pytest.raises(UsageFault, match=r"the dump holds public\.tenants, s\.tenants"):
        story.restore(steps=(), tables=("tenants",))
    with pytest.raises(UsageFault, match="no rows of such a table"):
        story.restore(steps=(), tables=("nothing",))


# --- locks and kills -------------------------------------------------------------------------------------


def test_killed_in_the_midst_leaves_everything_as_it_was(tell):
    story = tell(
        "CREATE TABLE owners (id int PRIMARY KEY); INSERT INTO owners VALUES (1);"
        + TENANTS
        + "ALTER TABLE tenants ADD owner int DEFAULT 1 REFERENCES owners"
    )
    story.sql("DELETE FROM tenants WHERE id < 6")
    before = story.sql("SELECT * FROM tenants ORDER BY id")
    arguments = ("backup", "restore", str(story.folder), "--step", "saved", "--yes")
    with held(story.database, "SELECT FROM owners FOR UPDATE"):
        with story.project.started(*arguments) as process:
            until(lambda: working(story.database, "INSERT INTO"), "the restore at its rows")
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        until(lambda: not working(story.database, "INSERT INTO"), "its backend gone")
    assert story.sql("SELECT * FROM tenants ORDER BY id") == before
    assert story.sql("SELECT count(*) FROM planrun.run") == [(1,)]
    assert story.restore().tables[0].back == 5
    assert story.sql("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'planrun%'") == [(0,)]


def test_it_is_shown_how_many_rows_came_so_far(tell):
    lines = ["- {id: dump, backup: {database: {}}}"]
    lines += [
        f"- {{id: rows{form[-4:].strip()}, backup: {{csv: {{sql: TABLE t{form}}}}}}}"
        for form in ("", ", compress: gzip", ", compress: zstd")
    ]
    setup = (
        "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT i, E'\\n\"' FROM generate_series(1, 3000) i"
    )
    story = tell(setup, "\n".join(lines))
    for step, tables in (("dump", ("t",)), ("rows", ()), ("rowsgzip", ()), ("rowszstd", ())):
        person = Watcher()
        story.restore(person=person, steps=(step,), tables=tables)
        assert person.followed == [Counted(step, "rows", 3000, 3000)]


def test_the_program_restores_and_counts(tell):
    story = tell()
    story.sql("DELETE FROM tenants WHERE id < 6")
    shown = story.project.run("backup", "restore", str(story.folder), "--step", "saved", "--dry-run")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "rows can come back to" in shown.stdout
    done = story.project.run("backup", "restore", str(story.folder), "--step", "saved", "--yes")
    assert done.returncode == 0, done.stderr
    assert "recorded as run 2, which planrun rollback PLAN --run 2 takes back" in done.stdout
    refused = story.project.run("backup", "restore", str(story.folder), "--step", "saved")
    assert refused.returncode == 2
    assert "nobody is there to answer" in refused.stderr
