"""`rollback --to` and `--only` on a real server: what goes, what stays, and what stands in the way."""

from __future__ import annotations

import pytest

from fingerprint import difference, fingerprint
from planrun.core.selection import After, Only
from planrun.errors import Conflict, NotReversible, Refused
from projects import Watcher

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric);
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 20) n;
CREATE TABLE places (id int PRIMARY KEY, name text);
INSERT INTO places VALUES (1, 'here'), (2, 'there');
CREATE TABLE loose (name text);
"""

CHAIN = """
- {id: copy, backup: {table: items, into: items_before}}
- {id: export, backup: {csv: {sql: SELECT * FROM items}}}
- {id: dearer, needs: [copy], migrate: {sql: UPDATE items SET price = price + 1 WHERE id <= 5}}
- {id: enough, needs: [dearer], check: {sql: SELECT * FROM items, expect: {rows: 20}}}
- {id: note, needs: [enough], migrate: {sql: "ALTER TABLE items ADD COLUMN note text; UPDATE items SET note = 'n'"}}
- {id: moved, needs: [note], migrate: {sql: DELETE FROM items WHERE id > 15}}
- {id: named, migrate: {sql: "UPDATE places SET name = upper(name)"}}
"""


@pytest.fixture
def chain(project):
    project.database.connect().execute(SETUP)
    project.write(CHAIN)
    return project


def refused(project, step, text, *, kind=Refused, **options):
    """Take one step back, see that it is refused for this reason, and that nothing was changed."""
    before = fingerprint(project.database), project.in_effect()
    with pytest.raises(kind, match=text) as caught:
        project.rollback(selection=Only(step), **options)
    assert difference(before[0], fingerprint(project.database)) == ""
    assert project.in_effect() == before[1]
    return caught.value


# --- to a step ---------------------------------------------------------------------------------


def test_to_takes_back_what_ran_after_the_step_in_the_reverse_order(chain):
    chain.execute(until="enough")
    middle = fingerprint(chain.database)
    chain.rollback()
    chain.execute()
    person = Watcher(answer=True)
    report = chain.rollback(selection=After("enough"), yes=False, person=person)
    assert "a part of run 3" in person.asked[0]
    assert report.steps == ("named", "moved", "note")
    assert report.remaining == ("copy", "export", "dearer", "enough")
    assert difference(middle, fingerprint(chain.database)) == ""


def test_the_rest_of_the_run_stays_in_effect_runs_on_and_goes_back_later(chain):
    start = fingerprint(chain.database)
    chain.execute()
    whole = fingerprint(chain.database)
    chain.rollback(selection=After("dearer"))
    assert chain.in_effect() == ["copy", "export", "dearer"]
    assert [run.status for run in chain.status().runs] == ["done", "done"]
    again = chain.execute()
    assert [step.id for step in again.steps if step.status == "done"] == ["enough", "note", "moved", "named"]
    assert difference(whole, fingerprint(chain.database)) == ""
    assert chain.rollback().remaining == ()
    assert chain.in_effect() == ["copy", "export", "dearer"]
    assert chain.rollback().steps == ("dearer", "export", "copy")
    assert difference(start, fingerprint(chain.database)) == ""


def test_a_failed_run_goes_on_after_a_part_of_it_was_taken_back(chain):
    chain.write(CHAIN + "- {id: wrong, needs: [moved], migrate: {sql: SELECT 1/0}}\n")
    with pytest.raises(Exception, match="division by zero"):
        chain.execute()
    chain.rollback(selection=After("enough"))
    chain.write(CHAIN)
    assert chain.execute().run == 1
    assert sorted(chain.in_effect()) == ["copy", "dearer", "enough", "export", "moved", "named", "note"]
    assert chain.rollback().remaining == ()


def test_what_an_earlier_run_holds_can_be_named_when_the_later_run_goes_whole(chain):
    chain.execute(until="dearer")
    middle = fingerprint(chain.database)
    chain.execute()
    report = chain.rollback(selection=After("dearer"))
    assert (report.reverses, report.remaining) == (2, ())
    assert difference(middle, fingerprint(chain.database)) == ""


def test_steps_of_two_runs_do_not_go_at_once(chain):
    chain.execute(until="dearer")
    chain.execute()
    with pytest.raises(Refused, match="steps of runs 1, 2 would have to go") as caught:
        chain.rollback(selection=After("copy"))
    assert "--run 2" in caught.value.hint
    assert len(chain.in_effect()) == 7


def test_the_copy_of_a_step_that_goes_is_dropped_and_that_of_one_that_stays_is_kept(chain):
    chain.write(CHAIN + "- {id: copy_again, needs: [moved], backup: {table: items, into: items_after}}\n")
    chain.execute()
    chain.rollback(selection=After("enough"))
    tables = chain.database.connect().execute("SELECT to_regclass('items_before'), to_regclass('items_after')")
    assert tables.fetchone() == ("items_before", None)


def test_what_the_application_wrote_is_kept_and_a_conflict_changes_nothing(chain):
    chain.execute()
    connection = chain.database.connect()
    connection.execute("UPDATE items SET name = 'mine' WHERE id = 1")
    connection.execute("UPDATE items SET note = 'theirs' WHERE id = 2")
    before = fingerprint(chain.database)
    with pytest.raises(Conflict) as caught:
        chain.rollback(selection=After("dearer"))
    assert [conflict.key for conflict in caught.value.conflicts] == ["id = 2"]
    assert difference(before, fingerprint(chain.database)) == ""
    connection.execute("UPDATE items SET note = 'n' WHERE id = 2")
    chain.rollback(selection=After("dearer"))
    assert connection.execute("SELECT name, price FROM items WHERE id = 1").fetchone() == ("mine", 2)


# --- one step ----------------------------------------------------------------------------------


def test_only_takes_back_a_step_with_what_needs_it(chain):
    start = fingerprint(chain.database)
    chain.execute()
    report = chain.rollback(selection=Only("dearer"))
    assert report.steps == ("moved", "note", "enough", "dearer")
    assert report.remaining == ("copy", "export", "named")
    connection = chain.database.connect()
    assert connection.execute("SELECT name FROM places ORDER BY id").fetchall() == [("HERE",), ("THERE",)]
    chain.rollback()
    assert difference(start, fingerprint(chain.database)) == ""


def test_dependants_that_were_not_run_are_passed_over(chain):
    chain.execute(until="enough")
    assert chain.rollback(selection=Only("dearer")).steps == ("enough", "dearer")


TWO = """
- {{id: one, migrate: {{sql: "{one}"}}}}
- {{id: two, migrate: {{sql: "{two}"}}}}
"""


def two(project, one, second):
    project.database.connect().execute(SETUP)
    project.write(TWO.format(one=one, two=second))
    project.execute()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("UPDATE items SET price = 0 WHERE id < 5", "UPDATE items SET price = 1 WHERE id >= 5"),
        ("DELETE FROM items WHERE id < 5", "INSERT INTO items VALUES (50, 'new', 1)"),
        ("ALTER TABLE items ADD COLUMN a int", "ALTER TABLE places ADD COLUMN a int"),
        ("ALTER TABLE items ADD COLUMN a int", "UPDATE places SET name = 'x'"),
        ("CREATE TABLE child (item int REFERENCES items)", "UPDATE items SET price = 0"),
        ("CREATE VIEW dear AS SELECT id FROM items", "CREATE TABLE other (id int)"),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1", "UPDATE items SET price = 0"),
    ],
)
def test_what_has_nothing_in_common_goes_and_the_rest_follows(project, first, second):
    two(project, first, second)
    after = fingerprint(project.database)
    project.rollback(selection=Only("one"))
    assert project.in_effect() == ["two"]
    assert difference(after, fingerprint(project.database)) != ""
    project.execute()
    assert difference(after, fingerprint(project.database)) == ""
    project.rollback(selection=Only("two"))
    assert project.in_effect() == ["one"]
    project.rollback()
    assert project.in_effect() == []


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (
            "UPDATE items SET price = 0 WHERE id < 5",
            "UPDATE items SET name = 'x' WHERE id = 4",
            "both wrote to row id = 4 of table .*items",
        ),
        (
            "UPDATE items SET price = 0 WHERE id < 5",
            "DELETE FROM items WHERE id < 3",
            "both wrote to 2 rows, such as id = 1",
        ),
        ("ALTER TABLE items ADD COLUMN a int", "ALTER TABLE items ADD COLUMN b int", "both changed .*items"),
        (
            "ALTER TABLE items ADD COLUMN a int",
            "UPDATE items SET price = 0",
            "changed .*items.*the other wrote its rows",
        ),
        ("UPDATE items SET price = 0", "ALTER TABLE items ADD COLUMN a int", "wrote rows of .*items"),
        ("CREATE TABLE fresh (id int PRIMARY KEY)", "INSERT INTO fresh VALUES (1)", "changed .*fresh"),
        ("CREATE VIEW dear AS SELECT id FROM items", "DROP VIEW dear", "both changed .*dear"),
        (
            "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1",
            "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql RETURN 2",
            "both changed .*f",
        ),
        ("CREATE SCHEMA s", "CREATE TABLE s.t (id int)", "the way back of two may name .*s.*, which one changed"),
    ],
)
def test_a_later_step_that_touched_the_same_is_in_the_way(project, first, second, reason):
    two(project, first, second)
    error = refused(project, "one", reason)
    assert error.exit_code == 4
    assert error.message.startswith("nothing was changed: two ran later")
    assert "--run 1" in error.hint
    with pytest.raises(Refused, match=reason):
        project.preview(selection=Only("one"))
    with pytest.raises(Refused, match=reason):
        project.script(selection=Only("one"))
    assert project.rollback(selection=Only("two")).steps == ("two",)
    assert project.rollback(selection=Only("one")).steps == ("one",)


MADE_OF = """
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 1);
CREATE TABLE child (t int REFERENCES t, id int PRIMARY KEY, v int);
INSERT INTO child VALUES (1, 1, 1);
CREATE SCHEMA s;
CREATE TABLE s.t (id int PRIMARY KEY, v int);
INSERT INTO s.t VALUES (1, 1);
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TABLE moods (id int PRIMARY KEY, v mood);
INSERT INTO moods VALUES (1, 'low');
CREATE TYPE pair AS (a int, b int);
CREATE TABLE pairs (id int PRIMARY KEY, v pair);
INSERT INTO pairs VALUES (1, '(1,2)');
CREATE FUNCTION f(int) RETURNS bool LANGUAGE sql RETURN true;
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
"""


def made_of(project, first, second):
    """Run two steps on what is made of other things; return the state of before."""
    project.database.connect().execute(MADE_OF)
    start = fingerprint(project.database)
    project.write(TWO.format(one=first, two=second))
    project.execute()
    return start


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        ("ALTER TABLE t RENAME TO u", "CREATE VIEW w AS SELECT id FROM u", "w"),
        ("ALTER TABLE t RENAME TO u", "CREATE MATERIALIZED VIEW w AS SELECT id FROM u", "w"),
        ("ALTER TABLE t RENAME v TO x", "CREATE VIEW w AS SELECT x FROM t", "w"),
        ("CREATE SCHEMA r; ALTER TABLE t SET SCHEMA r", "CREATE VIEW w AS SELECT id FROM r.t", "w"),
        ("ALTER TABLE t RENAME TO u", "CREATE FUNCTION h() RETURNS int BEGIN ATOMIC SELECT id FROM u; END", "h"),
        ("ALTER TABLE t RENAME TO u", "CREATE TYPE c AS (x u)", "c"),
        ("ALTER TABLE t ADD COLUMN x int", "CREATE TABLE c AS SELECT t FROM t", "c"),
        ("CREATE VIEW w AS SELECT id FROM t", "ALTER TABLE t RENAME TO u", "w"),
        ("ALTER SCHEMA s RENAME TO r", "UPDATE r.t SET v = 2", "t"),
        ("UPDATE s.t SET v = 2", "ALTER SCHEMA s RENAME TO r", "t"),
        ("ALTER TYPE mood RENAME TO m", "UPDATE moods SET v = 'high'", "moods"),
        ("ALTER TYPE mood RENAME VALUE 'high' TO 'up'", "UPDATE moods SET v = 'up'", "moods"),
        ("UPDATE moods SET v = 'high'", "ALTER TYPE mood RENAME VALUE 'high' TO 'up'", "moods"),
        ("ALTER TYPE mood RENAME VALUE 'low' TO 'down'", "CREATE TABLE c AS SELECT * FROM moods", "c"),
        ("ALTER TYPE mood RENAME VALUE 'low' TO 'down'", "CREATE VIEW w AS SELECT 'down'::mood", "w"),
        ("ALTER TYPE pair RENAME ATTRIBUTE a TO z", "CREATE TABLE c AS SELECT * FROM pairs", "c"),
        ("ALTER FUNCTION f RENAME TO h", "CREATE DOMAIN d AS int CHECK (h(value))", "d"),
        (
            "ALTER FUNCTION g RENAME TO h",
            "CREATE VIEW w AS SELECT 1; CREATE TRIGGER x INSTEAD OF DELETE ON w FOR EACH ROW EXECUTE FUNCTION h()",
            "w",
        ),
        ("CREATE TABLE u (id int)", "CREATE VIEW w AS SELECT id FROM u", "w"),
        ("CREATE FUNCTION h() RETURNS int LANGUAGE sql RETURN 1", "CREATE VIEW w AS SELECT h()", "w"),
    ],
)
def test_what_is_made_of_something_that_was_renamed_is_in_the_way(project, first, second, what):
    """Its text, or that of its rows, is not the one that was recorded: the rest could not be taken back."""
    start = made_of(project, first, second)
    refused(project, "one", rf"{what}\W.* reads otherwise since (one|two) changed what it is made of")
    project.rollback()
    assert difference(start, fingerprint(project.database)) == ""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ALTER TABLE t RENAME TO u", "UPDATE child SET v = 2"),
        ("ALTER TABLE t ADD COLUMN x int", "CREATE VIEW w AS SELECT id FROM t"),
        ("ALTER TABLE t ADD COLUMN x int", "CREATE FUNCTION h() RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t'"),
        ("CREATE OR REPLACE FUNCTION f(int) RETURNS bool LANGUAGE sql RETURN false", "CREATE VIEW w AS SELECT f(1)"),
    ],
)
def test_what_reads_as_it_did_is_not_in_the_way(project, first, second):
    start = made_of(project, first, second)
    assert project.rollback(selection=Only("one")).remaining == ("two",)
    project.rollback()
    assert difference(start, fingerprint(project.database)) == ""


def test_names_that_moved_on_are_in_the_way(project):
    """The dropped view names a column; meanwhile the names were swapped, and its text would mean another one."""
    project.database.connect().execute(f"{SETUP} CREATE VIEW dear AS SELECT price FROM items")
    project.write("""
    - {id: one, migrate: {sql: DROP VIEW dear}}
    - {id: two, migrate: {sql: ALTER TABLE items RENAME COLUMN price TO cost}}
    """)
    project.execute()
    refused(project, "one", "the way back of one may name .*items.*, which two changed")


@pytest.mark.parametrize("way", ["irreversible: true", "by_hand"])
def test_a_step_whose_effects_were_not_recorded_is_in_the_way(project, way):
    project.database.connect().execute(SETUP)
    project.write(f"""
    - {{id: one, migrate: {{sql: UPDATE places SET name = 'x'}}}}
    - {{id: two, migrate: {{sql: UPDATE items SET price = 0{", irreversible: true" if way != "by_hand" else ""}}}}}
    {"- {id: back, rollback: {of: two, sql: UPDATE items SET price = id}}" if way == "by_hand" else ""}
    """)
    project.execute()
    refused(project, "one", "what two touched is not known")


def test_a_step_in_a_later_run_is_in_the_way_too(project):
    project.database.connect().execute(SETUP)
    project.write(TWO.format(one="UPDATE items SET price = 0", two="UPDATE items SET price = 1"))
    project.execute(until="one")
    project.execute()
    refused(project, "one", "both wrote to 20 rows")
    refused(project, "one", "both wrote to 20 rows", run=1)


def test_a_step_of_an_earlier_run_goes_alone(project):
    project.database.connect().execute(SETUP)
    project.write(TWO.format(one="UPDATE items SET price = 0", two="UPDATE places SET name = 'x'"))
    project.execute(until="one")
    project.execute()
    assert project.rollback(selection=Only("one")).reverses == 1
    assert project.in_effect() == ["two"]


def test_an_irreversible_step_stops_a_part_that_holds_it_and_no_other(project):
    project.database.connect().execute(SETUP)
    project.write("""
    - {id: lost, migrate: {sql: UPDATE items SET price = 0, irreversible: true}}
    - {id: last, migrate: {sql: UPDATE items SET price = 1}}
    """)
    project.execute()
    with pytest.raises(NotReversible, match="lost was declared irreversible") as caught:
        project.rollback()
    assert "--to lost" in caught.value.hint
    assert project.rollback(selection=After("lost")).steps == ("last",)


def test_a_copy_is_not_compared_with_rows_that_a_staying_step_wrote(project):
    """The copy holds the rows as they were before `between`; `one` comes back to what that step left."""
    project.database.connect().execute(SETUP)
    project.write("""
    - {id: copy, backup: {table: items, into: items_before}}
    - {id: between, migrate: {sql: UPDATE items SET price = price + 1}}
    - {id: one, needs: [copy], migrate: {sql: UPDATE items SET price = price * 2 WHERE id = 1}}
    """)
    project.execute()
    project.rollback(selection=Only("copy"))
    connection = project.database.connect()
    assert connection.execute("SELECT price FROM items WHERE id = 1").fetchone() == (2,)
    assert project.in_effect() == ["between"]


# --- the printed script ------------------------------------------------------------------------


def test_the_script_of_a_part_is_run_by_psql(chain):
    chain.execute(until="dearer")
    middle = fingerprint(chain.database)
    chain.rollback()
    chain.execute()
    script = chain.script(selection=Only("dearer"))
    done = chain.psql(script)
    assert (done.returncode, done.stderr) == (0, "")
    assert chain.in_effect() == ["copy", "export", "named"]
    assert chain.psql(script).returncode == 3
    chain.rollback(selection=Only("named"))
    chain.execute(until="dearer")
    assert difference(middle, fingerprint(chain.database)) == ""


def test_a_script_is_stale_when_something_ran_since(project):
    project.database.connect().execute(SETUP)
    project.write(TWO.format(one="UPDATE items SET price = 0", two="UPDATE items SET price = 1"))
    project.execute(until="one")
    script = project.script(selection=Only("one"))
    project.execute()
    done = project.psql(script)
    assert done.returncode == 3
    assert "the run went on, or was taken back, since this script was made" in done.stderr
    assert project.in_effect() == ["one", "two"]


# --- wrong input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--to", "enuogh"], "did you mean 'enough'?"),
        (["--only", "nothing_like_it"], "the steps in effect are copy, export, dearer, enough"),
        (["--to", "moved"], "step moved is not in effect: it did not run, or was taken back"),
        (["--only", "moved"], "step moved is not in effect"),
        (["--to", "enough"], "nothing ran after step enough"),
        (["--to", "copy", "--only", "copy"], "--to and --only exclude each other"),
        (["--to", "copy", "--run", "7"], "there is no run 7 of this plan"),
        (["--only", ""], "there is no step ''"),
    ],
)
def test_wrong_words_are_faults_of_usage(chain, options, says):
    chain.execute(until="enough")
    done = chain.run("rollback", str(chain.plan), *options, "--yes")
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert chain.in_effect() == ["copy", "export", "dearer", "enough"]


def test_a_step_that_left_the_plan_does_not_go_alone(chain):
    chain.execute()
    chain.write("- {id: named, migrate: {sql: 'UPDATE places SET name = upper(name)'}}")
    refused(chain, "dearer", "no longer in the plan")
    assert chain.rollback(selection=After("enough")).steps == ("named", "moved", "note")


def test_the_program_says_what_went_and_what_stays(chain):
    chain.execute()
    shown = chain.run("rollback", str(chain.plan), "--only", "dearer", "--preview")
    assert shown.returncode == 0, shown.stderr
    assert "a part of run 1" in shown.stdout
    assert "still in effect: copy, export, named" in shown.stdout
    done = chain.run("rollback", str(chain.plan), "--only", "dearer", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert '"remaining": [\n    "copy",\n    "export",\n    "named"\n  ]' in done.stdout
    status = chain.run("status", str(chain.plan))
    assert "done, 3 of 7 steps in effect" in status.stdout
    assert "takes back a part of run 1" in status.stdout
