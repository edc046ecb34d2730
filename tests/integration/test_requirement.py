"""``require: {backup: verified}``: nothing is migrated before the newest backup was restored and found equal."""

from __future__ import annotations

import pytest

from planrun.errors import Refused
from projects import Project, Watcher

STEPS = """
- id: export
  backup: {csv: {sql: SELECT * FROM items ORDER BY id}}
- id: counted
  check: {sql: SELECT 1 FROM items, expect: {rows: 3}}
- id: cheaper
  needs: [export]
  migrate: {sql: UPDATE items SET price = price - 1}
- id: changed
  needs: [cheaper]
  check: {sql: SELECT sum(price) FROM items, expect: {value: 3}}
"""


@pytest.fixture
def project(any_database, tmp_path):
    any_database.connect().execute(
        "CREATE TABLE items (id int PRIMARY KEY, price int); INSERT INTO items SELECT n, n FROM generate_series(1, 3) n"
    )
    made = Project(tmp_path, any_database)
    made.write(STEPS, require={"backup": "verified", "max_age": "1h"})
    return made


def total(project):
    return project.database.connect().execute("SELECT sum(price) FROM items").fetchone()[0]


def in_effect(project):
    return [step.step for run in project.status().runs for step in run.steps if step.in_effect]


def newest(project):
    return max((project.folder / "backups").iterdir())


def verify(project):
    done = project.run("backup", "verify", str(project.plan), "--restore")
    assert done.returncode == 0, done.stderr


def aged(project, interval):
    with project.database.superuser() as connection:
        connection.execute(f"UPDATE planrun.artifact SET verified_at = verified_at - interval '{interval}'")


def test_what_stands_before_the_first_migrate_step_runs_and_the_rest_is_refused(project):
    with pytest.raises(Refused, match="its backups are only made now") as refused:
        project.execute()
    assert refused.value.hint == f"planrun backup verify {project.plan} --restore, then execute again"
    assert in_effect(project) == ["export", "counted"]
    assert [run.status for run in project.status().runs] == ["done"]
    with pytest.raises(Refused, match=f"set {newest(project).name} was not restored yet"):
        project.execute()
    assert total(project) == 6


def test_nobody_is_asked_about_what_will_not_run(project):
    person = Watcher(answer=True)
    with pytest.raises(Refused):
        project.execute(yes=False, person=person)
    assert "2 steps" in person.asked[0]
    with pytest.raises(Refused):
        project.execute(yes=False, person=person)
    assert len(person.asked) == 1


def test_a_backup_that_was_restored_opens_the_gate(project):
    with pytest.raises(Refused):
        project.execute()
    verify(project)
    project.execute()
    assert total(project) == 3
    assert project.rollback().steps == ("changed", "cheaper")


def test_bytes_alone_do_not_open_it(project):
    with pytest.raises(Refused):
        project.execute()
    assert project.run("backup", "verify", str(project.plan)).returncode == 0
    with pytest.raises(Refused, match="was not restored yet and compared"):
        project.execute()


def test_it_shuts_again_with_time(project):
    with pytest.raises(Refused):
        project.execute()
    verify(project)
    aged(project, "61 minutes")
    with pytest.raises(Refused, match="was last restored and compared at"):
        project.execute()
    assert total(project) == 6
    verify(project)
    project.execute()
    assert total(project) == 3


def test_what_was_taken_back_runs_again_on_the_same_proof(project):
    with pytest.raises(Refused):
        project.execute()
    verify(project)
    project.execute()
    project.rollback()
    # What was taken back runs again; the backups are in effect still.
    project.execute()
    assert total(project) == 3


def test_a_damaged_backup_opens_nothing(project):
    with pytest.raises(Refused):
        project.execute()
    (file,) = (newest(project) / "csv_exports").iterdir()
    file.write_bytes(file.read_bytes().replace(b"2", b"7"))
    assert project.run("backup", "verify", str(project.plan), "--restore").returncode == 1
    with pytest.raises(Refused, match="was not restored yet"):
        project.execute()


def test_a_plan_without_a_backup_never_opens_it(project):
    project.write("- id: cheaper\n  migrate: {sql: UPDATE items SET price = price - 1}\n")
    with pytest.raises(Refused, match="it has no backup set"):
        project.execute()
    assert total(project) == 6
