"""A rollback is captured as a step is: it can be taken back, and that in turn."""

from __future__ import annotations

import pytest

from fingerprint import difference, fingerprint
from planrun.core.policy import OnConflict
from planrun.core.selection import After, Only
from planrun.edges.postgres.sending import Sending
from planrun.errors import Conflict, NotReversible, Refused, StatementFailed, UsageFault
from projects import Watcher

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric);
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 20) n;
CREATE TABLE old (id int PRIMARY KEY, v text);
INSERT INTO old VALUES (1, 'a'), (2, 'b');
"""
PLAN = """
- {id: dearer, migrate: {sql: UPDATE items SET price = price + 1 WHERE id <= 5}}
- {id: made, needs: [dearer], migrate: {sql: "CREATE TABLE fresh (id int PRIMARY KEY); INSERT INTO fresh VALUES (1)"}}
- {id: noted, needs: [made], migrate: {sql: "ALTER TABLE items ADD COLUMN note text; UPDATE items SET note = 'n'"}}
- {id: gone, needs: [noted], migrate: {sql: DROP TABLE old}}
"""


@pytest.fixture
def ran(project):
    project.database.connect().execute(SETUP)
    project.write(PLAN)
    project.execute()
    return project


def effective(project):
    return [s.step for run in project.status().runs if run.direction == "execute" for s in run.steps if s.in_effect]


def test_there_and_back_as_often_as_wanted(ran):
    after = fingerprint(ran.database)
    back = ran.rollback()
    before = fingerprint(ran.database)
    assert effective(ran) == []
    forth = ran.rollback(run=back.run)
    assert difference(after, fingerprint(ran.database)) == ""
    assert effective(ran) == ["dearer", "made", "noted", "gone"]
    assert {step.status for step in ran.execute().steps} == {"skipped"}
    assert ran.status().can_roll_back == (("small", forth.run),)
    assert ran.rollback().reverses == forth.run
    assert difference(before, fingerprint(ran.database)) == ""
    assert effective(ran) == []
    assert ran.execute().run is not None
    assert effective(ran) == ["dearer", "made", "noted", "gone"]


def test_later_writes_of_the_application_are_kept_on_the_way_forth_too(ran):
    back = ran.rollback()
    with ran.database.connect() as connection:
        connection.execute("INSERT INTO items VALUES (30, 'new', 1); UPDATE items SET name = 'mine' WHERE id = 1")
    ran.rollback(run=back.run)
    with ran.database.connect() as connection:
        assert connection.execute("SELECT name, price, note FROM items WHERE id IN (1, 30) ORDER BY id").fetchall() == [
            ("mine", 2, "n"),
            ("new", 1, None),
        ]


def test_what_came_later_goes_first(ran):
    back = ran.rollback()
    ran.execute()
    with pytest.raises(Refused, match="came after"):
        ran.rollback(run=back.run)


def test_a_rollback_goes_back_as_a_whole(ran):
    back = ran.rollback()
    with pytest.raises(UsageFault, match="as a whole"):
        ran.rollback(run=back.run, selection=Only("made"))


def test_steps_that_came_again_go_with_the_run_that_brought_them(ran):
    forth = ran.rollback(run=ran.rollback().run)
    with pytest.raises(Refused, match=f"brought again by run {forth.run}"):
        ran.rollback(run=1)


COPIED = """
- {id: kept, backup: {table: items, into: items_before}}
- {id: retyped, needs: [kept], migrate: {sql: ALTER TABLE items ALTER COLUMN price TYPE text USING price || ' EUR'}}
- id: paged
  needs: [retyped]
  migrate:
    sql: UPDATE items SET name = upper(name) WHERE id BETWEEN $1 AND $2
    batch: {table: items, key: id, size: 10}
"""


def test_one_in_several_transactions_goes_back_though_a_copy_waits_for_its_own(project):
    project.database.connect().execute(SETUP)
    project.write(COPIED)
    before = fingerprint(project.database)
    project.execute()
    after = fingerprint(project.database)
    back = project.rollback()
    assert difference(before, fingerprint(project.database)) == ""
    forth = project.rollback(run=back.run)
    assert difference(after, fingerprint(project.database)) == ""
    project.rollback(run=forth.run)
    assert difference(before, fingerprint(project.database)) == ""
    with project.database.connect() as connection:
        (left,) = connection.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'net%'").fetchone()
    assert left == 0


# --- steps that came again, among others -----------------------------------------------------------

TWO = """
- {id: dearer, migrate: {sql: UPDATE items SET price = price + 1 WHERE id <= 5}}
- {id: named, migrate: {sql: UPDATE old SET v = 'x'}}
"""
THIRD = TWO + "- {id: third, migrate: {sql: \"INSERT INTO old VALUES (3, 'c')\"}}\n"


def came_again(project, steps, then=None):
    """Run steps, take them back, bring them again, and run `then` as a run of its own."""
    project.database.connect().execute(SETUP)
    project.write(steps)
    project.execute()
    forth = project.rollback(run=project.rollback().run)
    if then:
        project.write(then)
        project.execute()
    return forth


def unchanged(project, text, **options):
    """See that a rollback is refused for this reason, and that nothing was changed."""
    before = fingerprint(project.database), effective(project)
    with pytest.raises(Refused, match=text) as caught:
        project.rollback(**options)
    assert difference(before[0], fingerprint(project.database)) == ""
    assert effective(project) == before[1]
    return caught.value


def test_one_step_of_those_that_came_again_does_not_go_alone(project):
    forth = came_again(project, TWO, THIRD)
    error = unchanged(project, f"run {forth.run} brought dearer again", selection=Only("dearer"))
    assert f"--run {forth.run}" in error.hint
    unchanged(project, f"run {forth.run + 1} came after run {forth.run}", run=forth.run)
    assert project.rollback(selection=Only("third")).remaining == ()
    assert project.rollback().reverses == forth.run
    assert effective(project) == []


def test_on_failure_does_not_pretend_to_take_back_what_came_again(project):
    project.database.connect().execute(SETUP)
    project.write(TWO + "- {id: wrong, needs: [named], migrate: {sql: SELECT 1/0}}\n")
    with pytest.raises(StatementFailed):
        project.execute()
    forth = project.rollback(run=project.rollback().run)
    project.write(TWO + "- {id: wrong, needs: [named], migrate: {sql: SELECT 1/0}}\n", on_failure="rollback")
    done = fingerprint(project.database)
    with pytest.raises(StatementFailed) as caught:
        project.execute()
    assert difference(done, fingerprint(project.database)) == ""
    assert effective(project) == ["dearer", "named"]
    assert all("took run" not in note for note in caught.value.__notes__)
    assert project.rollback().reverses == forth.run


NOTE = """
- {id: column, migrate: {sql: ALTER TABLE items ADD COLUMN note text}}
- {id: filled, migrate: {sql: "UPDATE items SET note = 'x', price = 0"}}
- {id: named, migrate: {sql: UPDATE old SET v = 'x'}}
"""


@pytest.mark.parametrize("way", ["rollback", "psql"])
def test_steps_that_came_again_are_in_the_way_of_those_that_they_touched(project, way):
    project.database.connect().execute(SETUP)
    project.write(NOTE)
    project.execute()
    back = project.rollback(selection=After("column"))
    if way == "psql":
        assert project.psql(project.script(run=back.run)).returncode == 0
        unchanged(project, "what filled, named touched is not known", selection=Only("column"))
        return
    project.rollback(run=back.run)
    project.write(NOTE + "- {id: other, migrate: {sql: CREATE TABLE fresh (id int)}}\n")
    project.execute()
    unchanged(project, "column and filled, named: .*items", selection=Only("column"))


def test_steps_that_came_again_and_touched_something_else_are_in_nobodys_way(project):
    project.database.connect().execute(SETUP)
    project.write(TWO)
    start = fingerprint(project.database)
    project.execute()
    forth = project.rollback(run=project.rollback(selection=After("dearer")).run)
    assert project.rollback(selection=Only("dearer")).steps == ("dearer",)
    assert effective(project) == ["named"]
    project.execute()
    assert project.rollback(selection=Only("dearer")).steps == ("dearer",)
    assert project.rollback().reverses == forth.run
    assert difference(start, fingerprint(project.database)) == ""


def test_a_copy_is_not_compared_with_rows_of_a_step_that_came_again(project):
    project.database.connect().execute(SETUP)
    project.write("""
    - {id: copy, backup: {table: items, into: items_before}}
    - {id: between, migrate: {sql: UPDATE items SET price = price + 1}}
    - {id: one, needs: [copy], migrate: {sql: INSERT INTO old VALUES (9)}}
    """)
    project.execute()
    project.rollback(run=project.rollback(selection=Only("between")).run)
    assert project.rollback(selection=Only("copy")).remaining == ("between",)


def test_a_rollback_that_left_nothing_is_in_nobodys_way(project):
    """What came later was taken back, so that what stands is what the rollback of the rollback left."""
    forth = came_again(project, TWO, THIRD)
    start = fingerprint(project.database)
    project.rollback()
    assert project.rollback().reverses == forth.run
    assert effective(project) == []
    project.execute()
    assert effective(project) == ["dearer", "named", "third"]
    assert difference(start, fingerprint(project.database)) == ""


def test_rollbacks_come_back_one_after_the_other(project):
    project.database.connect().execute(SETUP)
    start = fingerprint(project.database)
    project.write(TWO)
    project.execute(until="dearer")
    project.execute()
    done = fingerprint(project.database)
    second, first = project.rollback().run, project.rollback().run
    unchanged(project, f"run {first} came after run {second}", run=second)
    forth = project.rollback(run=first).run
    last = project.rollback(run=second).run
    assert difference(done, fingerprint(project.database)) == ""
    assert {step.status for step in project.execute().steps} == {"skipped"}
    assert project.rollback().reverses == last
    assert project.rollback().reverses == forth
    assert difference(start, fingerprint(project.database)) == ""
    project.rollback(run=project.status().runs[-1].id)
    assert effective(project) == ["dearer"]


def test_a_step_that_ran_again_in_the_same_run_goes_first(project):
    wrong = "- {id: wrong, needs: [named], migrate: {sql: SELECT 1/0}}\n"
    project.database.connect().execute(SETUP)
    project.write(TWO + wrong)
    with pytest.raises(StatementFailed):
        project.execute()
    back = project.rollback(selection=After("dearer")).run
    project.write(TWO)
    assert project.execute().run == 1
    error = unchanged(project, f"step named of run 1 ran after run {back}", run=back)
    assert "--only named" in error.hint
    project.rollback(selection=Only("named"))
    done = fingerprint(project.database)
    project.rollback(run=back)
    assert difference(done, fingerprint(project.database)) != ""
    assert effective(project) == ["dearer", "named"]


def test_a_rollback_by_psql_left_no_undo_log(ran):
    ran.psql(ran.script())
    number = max(run.id for run in ran.status().runs)
    with pytest.raises(Refused, match="left no undo log") as refused:
        ran.rollback(run=number)
    assert refused.value.hint == "run the plan again with planrun execute"


def test_what_psql_brought_again_stays_and_its_script_says_so(ran):
    script = ran.script(run=ran.rollback().run)
    assert "cannot be taken back any more" in script.partition("BEGIN")[0]
    assert ran.psql(script).returncode == 0
    assert ran.execute().status == "nothing to do"
    with pytest.raises(Refused, match="left no undo log") as refused:
        ran.rollback()
    assert "stays in effect" in refused.value.hint


@pytest.mark.parametrize("beside", ["", "ALTER TABLE items ADD COLUMN more int;"])
def test_a_row_that_got_its_old_key_again_and_is_gone_is_told(project, beside):
    """It would come again by the key that the run had given it."""
    project.database.connect().execute(SETUP)
    project.write(f"- {{id: moved, migrate: {{sql: '{beside} UPDATE items SET id = id + 100'}}}}\n")
    project.execute()
    back = project.rollback()
    project.database.connect().execute("DELETE FROM items WHERE id = 2")
    with pytest.raises(Conflict) as gone:
        project.rollback(run=back.run)
    assert [(item.kind, item.key) for item in gone.value.conflicts] == [("moved", "id = 2")]
    project.database.connect().execute("INSERT INTO items VALUES (2, 'item 2', 2)")
    project.rollback(run=back.run)


def test_what_cannot_be_captured_goes_back_all_the_same_and_says_so(project):
    project.database.connect().execute(SETUP + "CREATE TYPE mood AS ENUM ('bad')")
    project.write("""
    - {id: free, migrate: {sql: UPDATE items SET price = 0}}
    - {id: undo_free, rollback: {of: free, sql: ALTER TYPE mood ADD VALUE 'worse'}}
    """)
    project.execute()
    person = Watcher()
    back = project.rollback(person=person)
    assert "cannot be taken back itself" in person.text
    assert "mood" in person.text
    with pytest.raises(NotReversible, match="could not be captured"):
        project.rollback(run=back.run)


EMPTY = """
- {id: made, migrate: {sql: "CREATE TABLE fresh (id int PRIMARY KEY, note text)"}}
- {id: grown, needs: [made], migrate: {sql: "ALTER TABLE fresh ADD COLUMN more int DEFAULT 1"}}
"""
SIDES = "SELECT relname FROM pg_class WHERE relnamespace = 'planrun'::regnamespace AND relname ~ '^(image|whole)_'"


def test_a_table_that_never_held_a_row_goes_and_comes_without_a_copy(project):
    project.write(EMPTY)
    project.execute()
    after = fingerprint(project.database)
    back = project.rollback()
    with project.database.connect() as connection:
        assert connection.execute(SIDES).fetchall() == []
    forth = project.rollback(run=back.run)
    assert difference(after, fingerprint(project.database)) == ""
    assert project.rollback().reverses == forth.run


def test_a_row_that_comes_into_an_empty_table_meanwhile_is_saved(project, monkeypatch):
    project.write(EMPTY)
    project.execute()
    opening, told = Sending.opening, []

    def filled(sending):
        if not told:
            told.append(project.database.connect().execute("INSERT INTO fresh VALUES (7, 'mine', 8)").rowcount)
        opening(sending)

    monkeypatch.setattr(Sending, "opening", filled)
    back = project.rollback(on_conflict=OnConflict.RESTORE)
    assert told == [1]
    project.rollback(run=back.run)
    with project.database.connect() as connection:
        assert connection.execute("SELECT * FROM fresh").fetchall() == [(7, "mine", 8)]


def test_finalize_drops_what_rollbacks_keep(ran):
    back = ran.rollback()
    assert ran.status().undo_bytes > 0
    assert ran.run("finalize", str(ran.plan), "--yes").returncode == 0
    assert ran.status().undo_bytes == 0
    with pytest.raises((Refused, NotReversible), match="finalized"):
        ran.rollback(run=back.run)
