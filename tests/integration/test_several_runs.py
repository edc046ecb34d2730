"""A plan that came about in several runs: each says what of the others stands, and that it goes back by itself."""

import pytest

from planrun.app import finalizing, plans
from planrun.errors import UsageFault
from projects import Project, Watcher

STEPS = """
- {id: one, migrate: {sql: CREATE TABLE t (a int)}}
- {id: two, needs: [one], migrate: {sql: INSERT INTO t VALUES (1)}}
"""


@pytest.fixture
def twice(any_database, tmp_path):
    project = Project(tmp_path, any_database)
    project.write(STEPS)
    first = project.execute(until="one")
    second = project.execute()
    assert (first.earlier, second.earlier) == ((), (first.run,))
    return project, first.run, second.run


def test_a_rollback_says_which_runs_stay(twice):
    project, first, second = twice
    asked = Watcher(answer=True)
    assert project.preview().others == (first,)
    report = project.rollback(person=asked, yes=False)
    assert (report.reverses, report.others) == (second, (first,))
    assert f"; what run {first} did stays. Go on?" in asked.asked[0]
    last = project.run("rollback", str(project.plan), "--yes")
    assert "still in effect" not in last.stdout


def test_the_program_says_that_each_run_goes_back_by_itself(twice):
    project, first, second = twice
    shown = project.run("status").stdout
    assert f"after run {second}" in shown
    done = project.run("rollback", str(project.plan), "--preview").stdout
    assert f"still in effect: run {first}, which the next planrun rollback takes back\n" in done


def test_status_of_the_plan_says_what_is_still_to_run(any_database, tmp_path):
    project = Project(tmp_path, any_database)
    project.write(f"{STEPS}- {{id: back, rollback: {{of: two, sql: DELETE FROM t}}}}\n")
    assert "not in effect" not in project.run("status", str(project.plan)).stdout
    project.execute(until="one")
    shown = project.run("status", str(project.plan)).stdout
    assert "not in effect, and run by the next execute\n  two\n" in shown
    project.execute()
    assert "not in effect" not in project.run("status", str(project.plan)).stdout


def test_until_a_step_that_ran_is_not_taken_for_all_of_the_plan(any_database, tmp_path):
    project = Project(tmp_path, any_database)
    project.write(STEPS)
    project.execute(until="one")
    again = project.run("execute", str(project.plan), "--yes", "--until", "one").stdout
    assert "nothing to do, every step up to that of --until is in effect, 1 step waits behind it" in again
    with pytest.raises(UsageFault) as caught:
        project.execute(until="nowhere")
    assert caught.value.hint == "the steps are one, two"


def test_a_step_that_ran_and_left_the_plan_is_named_before_others_run(any_database, tmp_path):
    project = Project(tmp_path, any_database)
    project.write("- {id: one, migrate: {sql: CREATE TABLE t (a int)}}")
    run = project.execute().run
    project.write("- {id: uno, migrate: {sql: CREATE TABLE IF NOT EXISTS t (a int)}}")
    person = Watcher()
    project.execute(person=person)
    assert f"in effect, but not in the plan any more: one (run {run})" in person.text


def test_a_run_without_a_way_back_promises_none(any_database, tmp_path):
    project = Project(tmp_path, any_database)
    project.write("- {id: gone, migrate: {sql: CREATE TABLE t (a int), irreversible: true}}")
    done = project.run("execute", str(project.plan), "--yes").stdout
    assert "none: gone is irreversible" in done
    assert "      gone is irreversible\n" in project.run("status").stdout


def test_a_run_with_a_step_that_stays_says_how_far_its_way_back_goes(any_database, tmp_path):
    project = Project(tmp_path, any_database)
    project.write(
        "- {id: gone, migrate: {sql: CREATE TABLE t (a int), irreversible: true}}\n"
        "- {id: after, needs: [gone], migrate: {sql: CREATE TABLE u (a int)}}"
    )
    done = project.run("execute", str(project.plan), "--yes").stdout
    assert f"planrun rollback {project.plan} --to gone" in done
    assert "--to gone takes back what ran after it" in project.run("status").stdout
    assert project.run("rollback", str(project.plan), "--to", "gone", "--yes").returncode == 0


def test_a_run_that_was_finalized_is_not_told_to_go_back(any_database, tmp_path):
    project = Project(tmp_path, any_database)
    project.write(STEPS)
    project.execute(until="one")
    finalizing.finalize(plans.plan_of(project.plan), any_database.params, Watcher(), yes=True)
    second = project.execute()
    assert second.earlier == ()
    assert project.preview().others == ()
