"""`execute` on real servers: each kind of step, what runs again and what does not, and what is refused."""

from __future__ import annotations

import re

import pytest

from fingerprint import difference, fingerprint
from planrun.app.stepping import Stepping
from planrun.errors import CheckFailed, Conflict, NotReversible, Refused, StatementFailed, StepFailed, UsageFault
from projects import Project, Watcher

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric);
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 100) n;
COMMENT ON TABLE items IS 'what is sold';
"""

EVERY_KIND = """
- id: ask
  check: {confirm: Was everybody told?}
- id: dump
  backup: {database: {}}
- id: dump_schema
  backup: {database: {format: plain, schema_only: true}}
- id: export
  backup: {csv: {sql: SELECT * FROM items ORDER BY id}}
- id: configs
  backup: {files: [plans/*.yaml]}
- id: copy
  backup: {table: items, where: id <= 50, into: items_before}
- id: total_before
  check: {sql: SELECT sum(price) FROM items, save_as: total_before}
- id: raise
  needs: [copy, total_before]
  migrate: {sql: UPDATE items SET price = price + 1 WHERE id <= 50}
- id: add_column
  needs: [raise]
  migrate: {sql: "ALTER TABLE items ADD COLUMN note text; UPDATE items SET note = 'cheap' WHERE price < 10;"}
- id: rows_stay
  needs: [raise]
  check: {sql: SELECT * FROM items, expect: {rows: 100}}
- id: total_after
  needs: [raise]
  check: {sql: SELECT sum(price) - 50 FROM items, expect: {equals: {saved: total_before}}}
- id: by_hand
  needs: [add_column]
  migrate: {sql: CREATE VIEW cheap AS SELECT id FROM items WHERE note = 'cheap'}
- id: no_view
  rollback: {of: by_hand, sql: DROP VIEW cheap}
"""


def value(database, query):
    return database.connect().execute(query).fetchone()[0]


# --- the steps ----------------------------------------------------------------------------------


def test_every_kind_of_step_runs_once_and_comes_back(database, tmp_path):
    project = Project(tmp_path, database)
    database.connect().execute(SETUP)
    before = fingerprint(database)
    project.write(EVERY_KIND)

    report = project.execute(confirmed=("ask",))
    ran = [step.id for step in report.steps]
    assert ran == [step.id for step in project.schedule.steps if step.id != "no_view"]
    assert {step.status for step in report.steps} == {"done"}
    assert value(database, "SELECT count(*) FROM items_before") == 50
    after = fingerprint(database)

    again = project.execute()
    assert again.run is None
    assert {step.status for step in again.steps} == {"skipped"}
    assert difference(after, fingerprint(database)) == ""

    project.rollback()
    assert difference(before, fingerprint(database)) == ""
    assert project.in_effect() == []

    second = project.execute(confirmed=("ask",))
    assert second.run not in {None, report.run}
    assert difference(after, fingerprint(database)) == ""


def test_what_a_run_leaves_on_disk_is_one_sealed_set_without_remains(project):
    project.database.connect().execute(SETUP)
    project.write(EVERY_KIND)
    report = project.execute(confirmed=("ask",))
    names = {path.relative_to(report.backup_set).as_posix() for path in (project.folder / "backups").glob("*/**/*.*")}
    assert names == {"manifest.json", "database/dump.dump", "database/dump_schema.sql", "csv_exports/export.csv"}
    artifacts = project.status().artifacts
    assert [(item.step, item.status) for item in artifacts] == [
        (step, "completed") for step in ("dump", "dump_schema", "export", "configs", "copy")
    ]


# --- failures -----------------------------------------------------------------------------------

FIVE = """
- {id: one, migrate: {sql: UPDATE items SET price = price + 1}}
- {id: two, migrate: {sql: CREATE TABLE extra (id int PRIMARY KEY)}}
- {id: three, migrate: {template: three.sql}}
- {id: four, migrate: {sql: UPDATE items SET price = price * 2}}
- {id: five, migrate: {sql: ALTER TABLE extra ADD COLUMN more text}}
"""

BROKEN = """\
-- first lines
UPDATE items SET name = 'x' WHERE id = 1;
INSERT INTO extra VALUES (1);
UPDATE items
   SET prise = 3;
"""


def five(project, **head):
    project.database.connect().execute(SETUP)
    project.template("three.sql", BROKEN)
    project.write(FIVE, **head)


def test_a_failed_step_leaves_nothing_and_the_finished_ones_come_back(database, tmp_path):
    project = Project(tmp_path, database)
    five(project)
    before = fingerprint(database)
    with pytest.raises(StatementFailed) as failure:
        project.execute()
    error = failure.value
    assert error.sqlstate == "42703"
    assert (error.place.file, error.place.line, error.place.column) == ("templates/three.sql", 5, 8)
    assert error.message.startswith('step three: column "prise" of relation "items" does not exist')
    (note,) = error.__notes__
    assert note.startswith("run 1 stopped there; one, two stay in effect: planrun execute goes on")
    assert "   SET prise = 3\n           ^" in error.excerpt
    assert project.in_effect() == ["one", "two"]
    assert project.status().runs[-1].status == "failed"
    assert project.status().leftovers == ()
    assert value(database, "SELECT count(*) FROM extra") == 0
    assert value(database, "SELECT count(*) FROM items WHERE name = 'x'") == 0
    project.rollback()
    assert difference(before, fingerprint(database)) == ""


def test_a_statement_that_fails_nowhere_in_particular_is_shown_by_its_first_line(project):
    project.database.connect().execute("CREATE TABLE items (id int PRIMARY KEY)")
    project.write("""
    - id: one
      migrate:
        sql: |
          INSERT INTO items
          SELECT 1 / (n - 2) FROM generate_series(1, 3) n
    """)
    with pytest.raises(StatementFailed) as failure:
        project.execute()
    assert failure.value.message == "step one: division by zero (SQLSTATE 22012)"
    assert failure.value.excerpt == "    INSERT INTO items"
    assert not hasattr(failure.value, "__notes__")


def test_an_interruption_is_called_so_in_the_history(project, monkeypatch):
    project.database.connect().execute("CREATE TABLE items (id int PRIMARY KEY)")
    project.write("- {id: one, migrate: {sql: INSERT INTO items VALUES (1)}}")

    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(Stepping, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        project.execute()
    monkeypatch.undo()
    assert project.status().runs[-1].error == "interrupted"


def test_on_failure_rollback_takes_the_finished_steps_back(database, tmp_path):
    project = Project(tmp_path, database)
    five(project, on_failure="rollback")
    before = fingerprint(database)
    with pytest.raises(StatementFailed) as failure:
        project.execute()
    assert failure.value.sqlstate == "42703"
    assert failure.value.__notes__ == ["on_failure: rollback took run 1 back: two, one"]
    assert difference(before, fingerprint(database)) == ""
    assert project.in_effect() == []
    project.template("three.sql", BROKEN.replace("prise", "price"))
    assert project.execute().run == 3
    project.rollback()
    assert difference(before, fingerprint(database)) == ""


def test_an_automatic_rollback_that_cannot_be_is_said_beside_the_first_error(project):
    five(project, on_failure="rollback")
    project.write("""
    - {id: one, migrate: {sql: UPDATE items SET price = price + 1}}
    - {id: final, needs: [one], migrate: {sql: DELETE FROM items WHERE id = 7, irreversible: true}}
    - {id: three, needs: [final], migrate: {template: three.sql}}
    """)
    with pytest.raises(StatementFailed) as failure:
        project.execute()
    assert failure.value.sqlstate == "42P01"
    (note,) = failure.value.__notes__
    assert "could not take run 1 back" in note
    assert "final" in note
    assert project.in_effect() == ["one", "final"]
    assert value(project.database, "SELECT price FROM items WHERE id = 8") == 9


def test_an_application_write_that_stands_in_the_way_of_the_automatic_rollback_is_kept(project):
    five(project, on_failure="rollback")
    project.write("""
    - {id: one, migrate: {sql: UPDATE items SET price = price + 1}}
    - id: wait
      needs: [one]
      check: {confirm: Go on?}
    - {id: three, needs: [wait], migrate: {template: three.sql}}
    """)

    class Meddler(Watcher):
        def asks(self, *_question, **_option):
            project.database.connect().execute("UPDATE items SET price = 77 WHERE id = 7")
            return True

    with pytest.raises(StatementFailed) as failure:
        project.execute(person=Meddler(answer=True))
    assert failure.value.sqlstate == "42P01"
    (note,) = failure.value.__notes__
    assert "could not take run 1 back" in note
    assert "1 conflict" in note
    assert value(project.database, "SELECT price FROM items WHERE id = 7") == 77
    assert project.in_effect() == ["one", "wait"]
    (conflict,) = project.status().conflicts
    assert (conflict.column, conflict.before, conflict.after, conflict.now) == ("price", "7", "8", "77")
    with pytest.raises(Conflict):
        project.rollback()
    project.database.connect().execute("UPDATE items SET price = 8 WHERE id = 7")
    project.rollback()
    assert value(project.database, "SELECT sum(price) FROM items") == 5050


# --- checks -------------------------------------------------------------------------------------


def test_a_failed_check_ends_the_run_and_shows_what_it_found(project):
    project.database.connect().execute(SETUP)
    project.write("""
    - {id: few, check: {sql: SELECT id FROM items WHERE id > 97 ORDER BY id, expect: {empty: true}}}
    - {id: never, needs: [few], migrate: {sql: DELETE FROM items}}
    """)
    with pytest.raises(CheckFailed) as failure:
        project.execute()
    assert all(text in failure.value.message for text in ("few", "98", "99", "100"))
    assert value(project.database, "SELECT count(*) FROM items") == 100


def test_a_warning_goes_on_and_is_recorded(project):
    project.database.connect().execute(SETUP)
    project.write("""
    - {id: few, check: {sql: SELECT * FROM items, expect: {rows: 3}, severity: warning}}
    - {id: on, needs: [few], migrate: {sql: DELETE FROM items WHERE id = 1}}
    """)
    report = project.execute()
    assert [(step.id, step.status) for step in report.steps] == [("few", "warned"), ("on", "done")]
    assert "100" in report.steps[0].note
    assert project.execute().run is None


def test_a_check_that_writes_is_refused_by_the_server(project):
    project.database.connect().execute(SETUP)
    project.database.connect().execute(
        "CREATE FUNCTION clear() RETURNS int LANGUAGE sql AS 'DELETE FROM items RETURNING id'"
    )
    project.write("- {id: sly, check: {sql: SELECT clear(), expect: {rows: 1}}}")
    with pytest.raises(StepFailed, match="read"):
        project.execute()
    assert value(project.database, "SELECT count(*) FROM items") == 100


def test_nobody_is_asked_in_the_dark(project):
    project.database.connect().execute(SETUP)
    project.write("""
    - {id: told, check: {confirm: Was everybody told?}}
    - {id: one, needs: [told], migrate: {sql: DELETE FROM items}}
    """)
    with pytest.raises(UsageFault) as refused:
        project.execute()
    assert "--confirm told" in str(refused.value)
    assert "    told: Was everybody told?" in refused.value.message
    answered = project.run("execute", str(project.plan), "--yes")
    assert (answered.returncode, answered.stdout) == (2, "")
    assert "--confirm told" in answered.stderr
    unasked = project.run("execute", str(project.plan), "--confirm", "told")
    assert unasked.returncode == 2
    assert "--yes" in unasked.stderr
    assert not project.status().runs
    assert project.run("execute", str(project.plan), "--yes", "--confirm", "told").returncode == 0


def test_a_no_to_the_question_does_nothing(project):
    project.database.connect().execute(SETUP)
    project.write("- {id: one, migrate: {sql: DELETE FROM items}}")
    person = Watcher(answer=False)
    with pytest.raises(Refused, match="nothing was done"):
        project.execute(person=person, yes=False)
    assert project.database.name in person.asked[0]
    assert value(project.database, "SELECT count(*) FROM items") == 100
    assert not project.status().installed


# --- no success without effect ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("migrate: {sql: UPDATE items SET price = 0 WHERE id < 0", "wrote no row"),
        ("migrate: {irreversible: true, sql: UPDATE items SET price = 0 WHERE id < 0", "wrote no row"),
        ("backup: {csv: {sql: SELECT * FROM items WHERE id < 0}", "no row"),
        ("backup: {table: items, where: id < 0, into: nothing", "no row"),
    ],
    ids=["migrate", "irreversible", "csv", "table"],
)
def test_no_success_without_effect(project, action, message):
    project.database.connect().execute(SETUP)
    before = fingerprint(project.database)
    project.write(f"- {{id: idle, {action}}}}}")
    with pytest.raises(StepFailed, match=message) as failure:
        project.execute()
    assert "allow_no_effect" in failure.value.hint
    assert difference(before, fingerprint(project.database)) == ""
    assert project.in_effect() == []
    assert not list(project.folder.glob("backups/*/*/*"))
    project.write(f"- {{id: idle, {action}, allow_no_effect: true}}}}")
    assert project.execute().steps[0].status == "done"


def test_no_success_without_effect_of_a_step_that_comes_back_by_hand(project):
    project.database.connect().execute(SETUP)
    steps = """
    - {id: idle, migrate: {sql: "UPDATE items SET price = 0 WHERE id < 0%s"}}
    - {id: back, rollback: {of: idle, sql: SELECT 1}}
    """
    project.write(steps % "")
    with pytest.raises(StepFailed, match="wrote no row"):
        project.execute()
    assert project.in_effect() == []
    project.write(steps % "; CREATE TABLE made ()")
    assert project.execute().steps[0].status == "done"


# --- a step that would blind planrun ------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE items DISABLE TRIGGER ALL; UPDATE items SET price = 0",
        "ALTER TABLE items DISABLE TRIGGER USER; UPDATE items SET price = 0; ALTER TABLE items ENABLE TRIGGER USER",
        "SET LOCAL planrun.capture = ''; UPDATE items SET price = 0",
        "DO $$BEGIN PERFORM set_config('planrun.capture', '', true); DELETE FROM items; END$$",
    ],
)
def test_a_step_that_blinds_the_triggers_is_compared_as_a_whole(project, sql):
    project.database.connect().execute(SETUP)
    before = fingerprint(project.database)
    project.write(f"""
    - id: sly
      migrate:
        sql: |
          {sql}
    """)
    project.execute()
    assert difference(before, fingerprint(project.database)) != ""
    project.rollback()
    assert difference(before, fingerprint(project.database)) == ""


@pytest.mark.parametrize(
    "sql",
    [
        """UPDATE items SET price = 0;
          DO $$BEGIN
            EXECUTE (SELECT 'TRUNCATE ' || max(oid::regclass::text) FROM pg_class WHERE relname ~ '^image_');
          END$$
        """,
        "DELETE FROM planrun.step; UPDATE items SET price = 0",
        "UPDATE planrun.lease SET token = token + 1; UPDATE items SET price = 0",
        "UPDATE items SET price = 0; UPDATE planrun.run SET status = 'done'",
        "DROP SCHEMA planrun CASCADE",
    ],
)
def test_a_step_that_would_blind_planrun_is_refused_before_commit(project, sql):
    project.database.connect().execute(SETUP)
    project.write("- {id: first, migrate: {sql: UPDATE items SET price = price + 1}}")
    project.execute()
    before = fingerprint(project.database)
    folded = " ".join(sql.split())
    project.write(f"""
    - {{id: first, migrate: {{sql: UPDATE items SET price = price + 1}}}}
    - id: sly
      migrate:
        sql: |
          {folded}
    """)
    with pytest.raises((Refused, StepFailed)):
        project.execute()
    assert difference(before, fingerprint(project.database)) == ""
    assert project.in_effect() == ["first"]
    assert project.status().leftovers == ()
    project.rollback()
    assert value(project.database, "SELECT sum(price) FROM items") == 5050


def test_a_role_that_a_step_takes_on_does_not_outlive_it(project):
    superuser = project.database.superuser()
    superuser.execute("CREATE ROLE e2e_reader")
    try:
        superuser.execute("GRANT e2e_reader TO app_owner")
        taking = "SELECT set_config('role', 'e2e_reader', false)"
        become = f"CREATE FUNCTION become() RETURNS text LANGUAGE sql AS $${taking}$$"
        project.database.connect().execute(f"{SETUP} GRANT SELECT, UPDATE ON items TO e2e_reader; {become}")
        project.write("""
        - {id: one, migrate: {sql: "SELECT become(); UPDATE items SET price = 0"}}
        - {id: two, needs: [one], migrate: {sql: CREATE TABLE made AS SELECT current_user::text AS by}}
        """)
        project.execute()
        assert value(project.database, "SELECT by FROM made") == "app_owner"
        project.rollback()
        assert value(project.database, "SELECT sum(price) FROM items") == 5050
    finally:
        superuser.execute("DROP OWNED BY e2e_reader")
        superuser.execute("DROP ROLE e2e_reader")


def test_time_limits_of_the_role_or_database_do_not_end_planrun_s_own_work(project):
    project.database.connect().execute(SETUP)
    project.database.superuser().execute(f"ALTER DATABASE {project.database.name} SET statement_timeout = '40ms'")
    project.write("""
    - {id: slow, migrate: {sql: "UPDATE items SET price = price + 1; SELECT pg_sleep(0.1)"}}
    - {id: big, migrate: {sql: "INSERT INTO items SELECT n, 'n', n FROM generate_series(1000, 40000) n"}}
    """)
    project.execute()
    project.rollback()
    assert value(project.database, "SELECT sum(price) FROM items") == 5050


NIGHTLY = """
- id: export
  backup: {csv: {sql: SELECT * FROM items ORDER BY id}}
- id: filled
  needs: [export]
  check: {sql: SELECT FROM items, expect: {rows: {min: 1}}}
"""


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("backup: {files: [nowhere/*.ini]}", "files cannot be backed up"),
        ("backup: {csv: {sql: SELECT 1 WHERE false}}", "its query returned no row"),
        ("backup: {csv: {sql: SELECT * FROM nowhere}}", 'relation "nowhere" does not exist'),
        ("backup: {database: {tables: [nowhere]}}", "there is no table nowhere"),
        ("migrate: {sql: DELETE FROM t}", "it wrote no row at all"),
        ("migrate: {sql: ALTER TYPE e ADD VALUE IF NOT EXISTS 'b'}", "its way back cannot be proved"),
    ],
)
def test_whatever_ends_a_step_names_it_and_its_place(any_database, tmp_path, action, said):
    project = Project(tmp_path, any_database)
    any_database.connect().execute("CREATE TABLE t (a int); CREATE TYPE e AS ENUM ('a')")
    project.write(f"- id: fails\n  {action}")
    with pytest.raises((StepFailed, NotReversible), match=said) as caught:
        project.execute()
    assert caught.value.message.startswith("step fails")
    assert caught.value.place is not None
    assert caught.value.place.line in {4, 5}


def test_a_step_is_told_on_a_line_and_what_is_long_beneath_it(any_database, tmp_path):
    project = Project(tmp_path, any_database)
    project.write("""
    - {id: a, migrate: {sql: CREATE TABLE t (a int)}}
    - {id: before, check: {sql: SELECT count(*) AS number FROM t, save_as: before}}
    - id: as_before
      check: {sql: SELECT count(*)::int AS number FROM t, expect: {equals: {saved: before}}}
      needs: [before]
    """)
    person = Watcher()
    project.execute(person=person)
    first, _, last = person.told
    assert re.fullmatch(r"  1  a          migrate  done +[0-9.]+ s  way back: exact", first)
    line, note = last.splitlines()
    assert re.fullmatch(r"  3  as_before  check    done +[0-9.]+ s", line)
    assert note.startswith("       types differ")


def test_a_plan_of_backups_and_checks_runs_anew_each_time(any_database, tmp_path):
    project = Project(tmp_path, any_database)
    any_database.connect().execute(SETUP)
    project.write(NIGHTLY)
    assert [project.execute().run for _ in range(3)] == [1, 2, 3]
    assert len(list((tmp_path / "backups").iterdir())) == 3
    # One that did not come to its end goes on.
    project.write(NIGHTLY.replace("min: 1", "min: 101"))
    with pytest.raises(CheckFailed) as caught:
        project.execute()
    assert caught.value.place is not None
    assert "min: 101" in project.plan.read_text(encoding="utf-8").splitlines()[caught.value.place.line - 1]
    project.write(NIGHTLY)
    report = project.execute()
    assert (report.run, [step.status for step in report.steps]) == (4, ["skipped", "done"])
    assert project.execute().run == 5


def test_a_mistake_in_a_rollback_step_is_not_told_as_somebody_elses_doing(project):
    project.database.connect().execute("CREATE TABLE items (id int PRIMARY KEY, price numeric)")
    project.write("""
    - {id: cheaper, migrate: {sql: "INSERT INTO items VALUES (1, 2)"}}
    - {id: dearer, rollback: {of: cheaper, sql: DELETE FROM itmes}}
    """)
    project.execute()
    with pytest.raises(StatementFailed, match='relation "itmes" does not exist') as failure:
        project.rollback()
    assert failure.value.sqlstate == "42P01"
