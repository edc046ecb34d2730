"""`on_conflict:` in a plan and `--on-conflict` of a rollback, on a real server: which word holds, and what is said."""

from __future__ import annotations

import pytest

from fingerprint import difference, fingerprint
from planrun.app import looking
from planrun.core import stages
from planrun.core.policy import OnConflict
from planrun.core.selection import After
from planrun.errors import Conflict, PlanInvalid, Refused
from projects import Watcher

SETUP = """
CREATE SCHEMA app;
CREATE TABLE tenants (id int PRIMARY KEY, rent int);
CREATE TABLE app.units (id int PRIMARY KEY, rent int);
CREATE TABLE app.tenants (id int PRIMARY KEY, rent int);
CREATE TABLE idle (id int PRIMARY KEY);
INSERT INTO tenants VALUES (1, 100), (2, 200);
INSERT INTO app.units VALUES (1, 100);
INSERT INTO app.tenants VALUES (1, 100);
"""
RAISE = (
    "UPDATE tenants SET rent = rent + 1; UPDATE app.units SET rent = rent + 1; UPDATE app.tenants SET rent = rent + 1"
)
STEP = f"- {{id: raise, migrate: {{sql: '{RAISE}'"
WRITES = "UPDATE tenants SET rent = 7 WHERE id = 1; UPDATE app.units SET rent = 8; UPDATE app.tenants SET rent = 9"
BEFORE = {"tenants": 100, "app.units": 100, "app.tenants": 100}
WRITTEN = {"tenants": 7, "app.units": 8, "app.tenants": 9}


@pytest.fixture
def small(project):
    with project.database.connect() as connection:
        connection.execute(SETUP)
    return project


def ran(project, words="", **head):
    """Run a plan whose step says `words` of conflicts, and let the application write afterwards."""
    project.write(f"{STEP}{f', on_conflict: {words}' if words else ''}}}}}\n", **head)
    project.execute()
    with project.database.connect() as connection:
        connection.execute(WRITES)


def rents(project):
    with project.database.connect() as connection:
        return {table: connection.execute(f"SELECT rent FROM {table} WHERE id = 1").fetchone()[0] for table in WRITTEN}


def outcomes(project):
    found = looking.conflicts(project.database.params, None).conflicts
    return sorted((item.conflict.relation, item.outcome) for item in found)


# --- which word holds ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "words", "given", "expected"),
    [
        ({"on_conflict": "keep"}, "", None, WRITTEN),
        ({"on_conflict": "restore"}, "", None, BEFORE),
        ({"on_conflict": "restore"}, "keep", None, WRITTEN),
        ({"on_conflict": "keep"}, "{tables: {tenants: restore}}", None, BEFORE | {"app.units": 8}),
        (
            {"on_conflict": "abort"},
            "{default: keep, tables: {app.tenants: restore}}",
            None,
            WRITTEN | {"app.tenants": 100},
        ),
        ({}, "{default: restore, tables: {app.tenants: keep, tenants: restore}}", None, BEFORE | {"app.tenants": 9}),
        ({"on_conflict": "abort"}, "{tables: {tenants: abort}}", OnConflict.KEEP, WRITTEN),
        ({"on_conflict": "keep"}, "keep", OnConflict.RESTORE, BEFORE),
    ],
)
def test_the_nearest_word_holds(small, head, words, given, expected):
    ran(small, words, **head)
    report = small.rollback(on_conflict=given)
    assert rents(small) == expected
    kept = sum(expected[table] == WRITTEN[table] for table in expected)
    assert (report.kept, report.restored) == (kept, 3 - kept)
    assert {outcome for _, outcome in outcomes(small)} <= {"kept", "restored"}
    with small.database.connect() as connection:
        assert connection.execute("SELECT rent FROM tenants WHERE id = 2").fetchone() == (200,)


@pytest.mark.parametrize(
    ("head", "words", "given"),
    [({}, "", None), ({"on_conflict": "keep"}, "{tables: {app.units: abort}}", None), ({}, "keep", OnConflict.ABORT)],
)
def test_one_conflict_that_no_word_settles_ends_it(small, head, words, given):
    ran(small, words, **head)
    before = fingerprint(small.database)
    with pytest.raises(Conflict) as caught:
        small.rollback(on_conflict=given)
    assert difference(before, fingerprint(small.database)) == ""
    standing = {"app.units"} if head else set(WRITTEN)
    assert {item.relation.replace('"', "").removeprefix("public.") for item in caught.value.conflicts} == standing
    assert "or with --on-conflict keep" in caught.value.hint
    assert {outcome for _, outcome in outcomes(small)} == {"nothing was changed"}


def test_it_can_be_said_after_the_run(small):
    ran(small)
    small.write(f"{STEP}, on_conflict: keep}}}}\n")
    assert small.execute().status == "nothing to do"
    small.rollback()
    assert rents(small) == WRITTEN


# --- names ---------------------------------------------------------------------------------------


def test_tables_that_there_are_none_of_are_named_with_their_places(small):
    ran(small, "{default: keep, tables: {tenents: abort, app.idle: keep, idle: keep}}")
    with pytest.raises(PlanInvalid) as caught:
        small.rollback()
    assert [fault.message for fault in caught.value.faults] == [
        "step raise: migrate.on_conflict.tables: there is no table tenents",
        "step raise: migrate.on_conflict.tables: there is no table app.idle",
    ]
    assert {fault.place.line for fault in caught.value.faults} == {4}
    assert '"app"."units"' in caught.value.faults[0].hint
    small.rollback(on_conflict=OnConflict.KEEP)
    assert rents(small) == WRITTEN


# --- what is said --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "given", "text"),
    [
        ("", None, None),
        ("", OnConflict.KEEP, " (on conflict: keep)"),
        (
            "{tables: {app.tenants: keep, units: restore}}",
            None,
            " (on conflict: keep in app.tenants, restore in app.units, else abort)",
        ),
    ],
)
def test_the_question_names_the_words(small, words, given, text):
    ran(small, words)
    person = Watcher(answer=False)
    with pytest.raises(Refused, match="not confirmed"):
        small.rollback(person=person, yes=False, on_conflict=given)
    (question,) = person.asked
    assert (text in question) if text else ("on conflict" not in question)


def test_a_preview_settles_and_changes_nothing(small):
    ran(small, "{default: keep, tables: {units: restore}}")
    before = fingerprint(small.database)
    report = small.preview()
    assert report.possible
    assert sorted((item.relation, item.outcome) for item in report.conflicts) == [
        ('"app"."tenants"', "kept"),
        ('"app"."units"', "restored"),
        ('"public"."tenants"', "kept"),
    ]
    assert (report.kept, report.restored) == (2, 1)
    assert not small.preview(on_conflict=OnConflict.ABORT).possible
    assert difference(before, fingerprint(small.database)) == ""


def test_the_printed_script_settles(small):
    ran(small, "{default: keep, tables: {units: restore}}")
    assert "-- Conflicts: " not in small.script(on_conflict=OnConflict.ABORT)
    script = small.script()
    assert "-- Conflicts: on conflict: keep in app.tenants, public.tenants, restore in app.units" in script
    assert "is not saved" in script
    done = small.psql(script)
    assert (done.returncode, done.stderr) == (0, "")
    assert rents(small) == WRITTEN | {"app.units": 100}


def test_conflicts_are_kept_as_the_values_were(small):
    values = [None, "", r"\N", "a\tb\nc\\d", "\r", r"\.", "ä" * 5000]
    with small.database.connect() as connection:
        connection.execute("CREATE TABLE odd (id int PRIMARY KEY, v text)")
        connection.execute("INSERT INTO odd SELECT i, 'v' FROM generate_series(0, 6) i")
    small.write("- {id: odd, migrate: {sql: \"UPDATE odd SET v = 'run'\"}}\n")
    small.execute()
    with small.database.connect() as connection:
        for number, value in enumerate(values):
            connection.execute("UPDATE odd SET v = %s WHERE id = %s", [value, number])
    with pytest.raises(Conflict):
        small.rollback()
    found = looking.conflicts(small.database.params, None).conflicts
    assert {item.conflict.key: item.conflict.now for item in found} == {f"id = {n}": v for n, v in enumerate(values)}


# --- there and back ------------------------------------------------------------------------------


def test_what_was_restored_comes_again_with_the_rollback_of_the_rollback(small):
    ran(small)
    then = fingerprint(small.database)
    back = small.rollback(on_conflict=OnConflict.RESTORE)
    assert rents(small) == BEFORE
    small.rollback(run=back.run)
    assert difference(then, fingerprint(small.database)) == ""


@pytest.mark.parametrize(
    ("word", "counts", "rents_then"),
    [(OnConflict.KEEP, (1, 0), [(7,), (200,)]), (OnConflict.RESTORE, (0, 1), [(100,), (200,)])],
)
def test_several_transactions_keep_and_restore_and_come_again(small, monkeypatch, word, counts, rents_then):
    monkeypatch.setattr(stages, "ROWS", 0)
    batch = "UPDATE tenants SET rent = rent + 1 WHERE id BETWEEN $1 AND $2"
    small.write(f"- {{id: raise, migrate: {{sql: '{batch}', batch: {{table: tenants, key: id, size: 1}}}}}}\n")
    small.execute()
    with small.database.connect() as connection:
        connection.execute("UPDATE tenants SET rent = 7 WHERE id = 1")
    before = fingerprint(small.database)
    with pytest.raises(Conflict):
        small.rollback()
    assert difference(before, fingerprint(small.database)) == ""
    report = small.rollback(on_conflict=word)
    assert (report.kept, report.restored) == counts
    with small.database.connect() as connection:
        assert connection.execute("SELECT rent FROM tenants ORDER BY id").fetchall() == rents_then
    forth = small.rollback(run=report.run)
    assert difference(before, fingerprint(small.database)) == ""
    steps = [step for run in small.status().runs if run.direction == "execute" for step in run.steps]
    assert [step.again_by for step in steps if step.in_effect] == [forth.run] * 3
    assert small.execute().status == "nothing to do"
    assert small.rollback(on_conflict=word).reverses == forth.run


def test_what_cannot_be_saved_is_not_overwritten(small):
    with small.database.connect() as connection:
        connection.execute("CREATE TABLE codes (code text UNIQUE, v text)")
        connection.execute("INSERT INTO codes VALUES ('a', 'v'), ('b', 'v')")
    small.write("- {id: codes, migrate: {sql: 'UPDATE codes SET v = 1'}}\n")
    small.execute()
    with small.database.connect() as connection:
        # No rollback of the rollback could tell the rows of codes apart, which the foreign key acts on.
        connection.execute("CREATE TABLE uses (code text REFERENCES codes (code) ON DELETE CASCADE)")
        connection.execute("DELETE FROM codes WHERE code = 'a'")
    before = fingerprint(small.database)
    with pytest.raises(Refused, match=r"(?s)what --on-conflict restore overwrites cannot be saved: .*codes"):
        small.rollback(on_conflict=OnConflict.RESTORE)
    assert difference(before, fingerprint(small.database)) == ""


# --- all at once ---------------------------------------------------------------------------------

STEPS = """
- {id: raise, migrate: {sql: UPDATE tenants SET rent = rent + 1}}
- {id: widen, needs: [raise], migrate: {sql: "ALTER TABLE app.units ALTER rent TYPE bigint"}}
- id: units
  needs: [widen]
  migrate: {sql: "UPDATE app.units SET rent = rent + 1; CREATE INDEX by_rent ON app.units (rent)"}
- {id: last, needs: [units], migrate: {sql: UPDATE app.tenants SET rent = rent + 1}}
"""


def test_conflicts_of_steps_before_one_that_cannot_go_back_are_listed_as_well(small):
    """A step with definitions ends the way back at its conflicts; what can be told of the others is told with them."""
    small.write(STEPS)
    small.execute()
    with small.database.connect() as connection:
        connection.execute(WRITES)
        connection.execute("INSERT INTO app.units VALUES (2, 5000000000)")
    found = [("last", "id = 1"), ("units", "id = 1"), ("widen", "id = 2")]
    preview = small.preview(selection=After("raise"))
    assert ([(c.step, c.key) for c in preview.conflicts], preview.not_compared) == (found, ("widen",))
    preview = small.preview()
    assert [(c.step, c.key) for c in preview.conflicts] == [*found, ("raise", "id = 1")]
    assert preview.not_compared == ("widen", "raise")
    with pytest.raises(Conflict, match="4 conflicts: ") as refused:
        small.rollback()
    assert (refused.value.conflicts, refused.value.not_compared) == (preview.conflicts, preview.not_compared)
    assert small.status().conflicts == preview.conflicts
    shown = small.run("rollback", str(small.plan), "--yes")
    assert "not compared in full: widen, raise; what else stands in their way is told when these" in shown.stderr
    with small.database.connect() as connection:
        connection.execute("UPDATE tenants SET rent = 101 WHERE id = 1; UPDATE app.tenants SET rent = 101")
        connection.execute("UPDATE app.units SET rent = 101 WHERE id = 1; DELETE FROM app.units WHERE id = 2")
    assert small.rollback().rows
    assert rents(small) == BEFORE


def test_a_step_whose_values_cannot_be_cast_is_not_compared_in_full(small):
    small.write(
        "- {id: widen, migrate: {sql: 'ALTER TABLE tenants ALTER id TYPE bigint; UPDATE tenants SET rent = 0'}}\n"
    )
    small.execute()
    with small.database.connect() as connection:
        connection.execute("INSERT INTO tenants VALUES (5000000000, 1); UPDATE tenants SET rent = 7 WHERE id = 1")
    preview = small.preview()
    assert [(c.kind, c.key) for c in preview.conflicts] == [("type", "id = 5000000000")]
    assert preview.not_compared == ("widen",)
    with small.database.connect() as connection:
        connection.execute("DELETE FROM tenants WHERE id > 2")
    preview = small.preview()
    assert [(c.kind, c.key) for c in preview.conflicts] == [("changed", "id = 1")]
    assert preview.not_compared == ()


def test_of_steps_that_were_compared_nothing_is_said(small):
    ran(small)
    assert (len(small.preview().conflicts), small.preview().not_compared) == (3, ())
    assert "not compared" not in small.run("rollback", str(small.plan), "--yes").stderr


# --- what no word settles ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "write", ["CREATE INDEX mine ON tenants (note)", "DROP FUNCTION f()"], ids=["made since", "dropped since"]
)
def test_no_word_is_offered_that_would_not_settle_it(small, write):
    small.write(
        '- {id: add, migrate: {sql: "ALTER TABLE tenants ADD COLUMN note text;'
        " CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'\"}}\n"
    )
    with small.database.connect() as connection:
        connection.execute("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    small.execute()
    with small.database.connect() as connection:
        connection.execute(write)
    for options in ([], ["--on-conflict", "restore"]):
        shown = small.run("rollback", str(small.plan), "--yes", *options)
        assert shown.returncode == Conflict.exit_code
        assert "made, altered or dropped since" in shown.stderr
        assert "--on-conflict" not in shown.stderr
