"""A dump restored: into an empty database, over another state of its own, or refused with nothing changed."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

import zoo
from fingerprint import difference, fingerprint
from planrun.app import restoring, verifying
from planrun.app.restore_words import Wanted
from planrun.app.verifying import Restoring, Verifying
from planrun.core.verification import Level
from planrun.errors import EnvironmentFault, Refused, StepFailed, UsageFault
from projects import Project, Watcher, until, working

STEPS = """
- {id: dump, backup: {database: {format: custom}}}
- {id: script, backup: {database: {format: plain}}}
- {id: shape, backup: {database: {schema_only: true}}}
"""


def clock():
    return datetime.now(UTC)


def saved(folder, database, steps=STEPS):
    project = Project(folder, database)
    project.write(steps)
    return Path(project.execute().backup_set)


def restore(folder, database, *, person=None, **wanted):
    wanted.setdefault("yes", True)
    wanted.setdefault("steps", ("dump",))
    return restoring.restore(str(folder), database.params, Wanted(**wanted), person or Watcher(), clock)


@pytest.fixture
def programs(database, monkeypatch):
    """The client programs of the server, wherever they were fetched to."""
    monkeypatch.setenv("PLANRUN_PG_BINDIR", str(database.server.installation.bindir))


@pytest.fixture
def empty(server, bench):
    made = bench.create_database(server)
    yield made
    bench.drop_database(made)


@pytest.fixture
def small(any_database, tmp_path):
    with any_database.connect() as owner:
        owner.execute("CREATE TABLE t (id int PRIMARY KEY, name text)")
        owner.execute("INSERT INTO t SELECT i, 'name ' || i FROM generate_series(1, 1000) i")
    return saved(tmp_path, any_database)


@pytest.fixture
def other(bench):
    made = bench.create_database(bench.newest())
    yield made
    bench.drop_database(made)


def test_every_type_and_every_kind_of_object_comes_back(database, empty, tmp_path, programs):
    with database.connect() as owner:
        zoo.fill(owner)
    before = fingerprint(database)
    folder = saved(tmp_path, database)
    report = restore(folder, empty)
    assert report.compared
    assert {table.name for table in report.tables} >= {"zoo", "log_old", "log_new_0", "heirs", "nothing", "collated"}
    assert difference(before, fingerprint(empty)) == ""
    empty.close()  # it must not be in use
    # Over itself in another state, what is in the dump comes back as it was.
    with empty.connect() as owner:
        owner.execute("DELETE FROM children; DROP TABLE zoo CASCADE; CREATE TABLE besides (a int)")
    assert restore(folder, empty, clean=True).besides == ("public.besides",)
    with empty.connect() as owner:
        owner.execute("DROP TABLE besides")
    assert difference(before, fingerprint(empty)) == ""


def test_a_plain_dump_comes_back(database, empty, tmp_path, programs):
    with database.connect() as owner:
        zoo.fill(owner)
    with database.connect() as owner:
        owner.execute("SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
    before = fingerprint(database)
    folder = saved(tmp_path, database)
    assert restore(folder, empty, steps=("script",)).compared
    assert difference(before, fingerprint(empty)) == ""


@pytest.mark.parametrize("form", ["format: custom", "format: directory", "format: plain", "schema_only: true"])
def test_an_empty_database_is_verified_and_comes_back(database, empty, tmp_path, programs, form):
    before = fingerprint(database)
    folder = saved(tmp_path, database, f"- {{id: dump, backup: {{database: {{{form}}}}}}}")
    with database.superuser() as outside:
        outside.execute("DROP ROLE IF EXISTS verifier; CREATE ROLE verifier LOGIN CREATEDB")
    how = Verifying(Watcher(), clock, Restoring(database.server.params(user="verifier")))
    (found,) = verifying.verify(str(folder), how)
    assert (found.findings, found.level) == ((), Level.RESTORED)
    assert restore(folder, empty).tables == ()
    assert difference(before, fingerprint(empty)) == ""


def test_a_schema_comes_back_without_rows(small, other):
    assert not restore(small, other, steps=("shape",)).compared
    with other.connect() as owner:
        assert owner.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_the_history_of_the_target_is_left_alone(small, any_database):
    with any_database.connect() as owner:
        owner.execute("UPDATE t SET name = 'other'")
        runs = owner.execute("SELECT * FROM planrun.run ORDER BY id").fetchall()
        owner.close()
    restore(small, any_database, clean=True)
    with any_database.connect() as owner:
        assert owner.execute("SELECT * FROM planrun.run ORDER BY id").fetchall() == runs
        assert owner.execute("SELECT count(*) FROM t WHERE name = 'name ' || id").fetchone() == (1000,)


# --- refused -----------------------------------------------------------------------------------------


def untouched(database):
    with database.connect() as owner:
        return owner.execute("SELECT count(*) FROM pg_class WHERE relname IN ('t', 't_pkey')").fetchone() == (0,)


def test_what_is_not_empty_is_refused(small, other):
    with other.connect() as owner:
        owner.execute("CREATE TYPE public.mine AS ENUM ('a')")
    with pytest.raises(Refused, match=r"is not empty: it holds type public\.mine"):
        restore(small, other)
    assert untouched(other)


def test_what_is_in_use_is_refused(small, other):
    with other.connect(application_name="the application"):
        with pytest.raises(Refused, match=r"is in use: the application as app_owner"):
            restore(small, other)
        assert restore(small, other, in_use=True).compared


def test_nothing_is_done_without_a_yes_that_names_the_target(small, other):
    person = Watcher(answer=False)
    with pytest.raises(Refused, match="not confirmed"):
        restore(small, other, yes=False, person=person)
    assert other.name in person.asked[0]
    assert "small, run 1" in person.asked[0]
    with pytest.raises(UsageFault, match="nobody is there to answer"):
        restore(small, other, yes=False)
    assert untouched(other)


def test_a_dry_run_writes_nothing(small, other):
    assert restore(small, other, dry_run=True).dry_run
    assert untouched(other)


@pytest.mark.parametrize("step", ["dump", "script"])
def test_damage_is_found_before_anything_is_written(small, other, step):
    path = next((small / "database").glob(f"{step}.*"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(StepFailed, match="cannot be relied on, and nothing was written"):
        restore(small, other, steps=(step,))
    path.write_bytes(content[:-1])
    with pytest.raises(StepFailed, match="cannot be relied on, and nothing was written"):
        restore(small, other, steps=(step,))
    assert untouched(other)


@pytest.mark.parametrize("step", ["dump", "script"])
def test_an_error_in_the_midst_leaves_everything_as_it_was(any_database, other, tmp_path, step):
    with any_database.superuser() as outside:
        outside.execute("CREATE TABLE public.t (id int PRIMARY KEY)")
        outside.execute("GRANT SELECT ON public.t TO app_owner")
        outside.execute(f"GRANT CREATE ON SCHEMA public TO {any_database.params['user']}")
    folder = saved(tmp_path, any_database)
    with pytest.raises(StepFailed, match="ended with exit code"):
        restore(folder, other, steps=(step,))
    assert untouched(other)


def test_a_plain_dump_that_commits_in_its_midst_is_refused(any_database, other, tmp_path):
    with any_database.connect() as owner:
        owner.execute("SELECT lo_from_bytea(0, 'x')")
    with pytest.raises(Refused, match="a plain dump with large objects"):
        restore(saved(tmp_path, any_database), other, steps=("script",))


def test_a_plain_dump_is_not_restored_over_something(small, any_database):
    with pytest.raises(Refused, match="is a plain dump, which drops nothing"):
        restore(small, any_database, steps=("script",), clean=True, in_use=True)


@pytest.mark.majors(16)
def test_a_dump_of_a_newer_server_is_refused(small, empty):
    with pytest.raises(EnvironmentFault, match="which may not understand it"):
        restore(small, empty)


def test_what_to_restore_has_to_be_said(small, other):
    with pytest.raises(UsageFault, match="holds 2 dumps"):
        restore(small, other, steps=())
    with pytest.raises(UsageFault, match="holds nothing of a step nowhere"):
        restore(small, other, steps=("nowhere",))


# --- kills -------------------------------------------------------------------------------------------


def test_killed_in_the_midst_leaves_the_target_as_it_was(any_database, other, tmp_path):
    with any_database.connect() as owner:
        owner.execute("CREATE TABLE t (id int PRIMARY KEY, big text)")
        owner.execute("INSERT INTO t SELECT i, repeat(md5(i::text), 200) FROM generate_series(1, 3000) i")
        # Its check waits for whoever holds the lock, which the test does in the database that it is restored into.
        owner.execute(
            "CREATE FUNCTION waited(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS"
            " 'BEGIN IF $1 = 2000 THEN PERFORM pg_advisory_xact_lock_shared(4711); END IF; RETURN true; END'"
        )
        owner.execute("ALTER TABLE t ADD CHECK (public.waited(id))")
    folder = saved(tmp_path, any_database)
    project = Project(tmp_path, other)
    with other.superuser() as outside:
        outside.execute("SELECT pg_advisory_lock(4711)")
        arguments = ("backup", "restore", str(folder), "--step", "dump", "--yes", "--in-use")
        with project.started(*arguments) as process:
            until(lambda: working(other, "COPY public.t"), "pg_restore at work")
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        outside.execute("SELECT pg_advisory_unlock(4711)")
        until(lambda: not working(other, "COPY public.t"), "pg_restore gone")
    until(lambda: untouched(other), "rolled back")
    assert restore(folder, other).compared


def test_the_hold_on_the_set_is_there_meanwhile_and_goes(small, other):
    seen = []

    class Looking(Watcher):
        def tells(self, text):
            super().tells(text)
            seen.extend(path.name for path in small.glob("hold_restore_*.json"))

    restore(small, other, person=Looking())
    assert seen
    assert not list(small.glob("hold_*"))


def test_a_set_that_is_not_there_is_told(other, tmp_path):
    with pytest.raises(EnvironmentFault, match="no backup set"):
        restore(tmp_path / "nowhere", other)
