"""`status` after a run, a part of a rollback and a conflict: how each step comes back, and what stood in the way."""

from __future__ import annotations

import csv
import json
import stat

import pytest

from planrun.core.policy import OnConflict
from planrun.errors import Conflict

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text, price numeric);
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 5) n;
"""

PLAN = """
- {id: copy, backup: {table: items, into: items_before}}
- {id: dearer, migrate: {sql: UPDATE items SET price = price + 1}}
- {id: short, migrate: {sql: ALTER TABLE items DROP COLUMN name}}
- {id: enough, check: {sql: SELECT * FROM items, expect: {rows: 5}}}
- {id: looks, migrate: {sql: SELECT 1}}
- {id: by_hand, migrate: {sql: CREATE TABLE extra (id int)}}
- {id: lost, migrate: {sql: DELETE FROM items WHERE id = 5, irreversible: true}}
- {id: no_extra, rollback: {of: by_hand, sql: DROP TABLE extra}}
"""

WAYS = {
    "copy": "dropped last",
    "dearer": "exact",
    "short": "exact, with a caveat",
    "enough": "nothing to take back",
    "looks": "nothing to take back",
    "by_hand": "by step no_extra",
    "lost": "irreversible",
}


@pytest.fixture
def ran(project):
    project.database.connect().execute(SETUP)
    project.write(PLAN)
    project.execute()
    return project


@pytest.fixture
def conflicts(project):
    """Two values that no list and no file may spoil, in the way of a rollback."""
    connection = project.database.connect()
    connection.execute(SETUP)
    project.write("- {id: dearer, migrate: {sql: UPDATE items SET price = price + 1}}")
    project.execute()
    connection.execute("""UPDATE items SET price = NULL WHERE id = 1""")
    connection.execute("""UPDATE items SET price = 77 WHERE id = 2""")
    with pytest.raises(Conflict):
        project.rollback()
    return project


def document(project, *arguments):
    done = project.run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def number(project):
    """Return the number of the last rollback: that of the one which was taken back is not given again."""
    return project.status().runs[-1].id


# --- how each step comes back ------------------------------------------------------------------


def test_status_says_for_each_step_how_it_comes_back(ran):
    (run,) = document(ran, "status")["runs"]
    assert {step["step"]: step["way_back"] for step in run["steps"]} == WAYS
    caveats = {step["step"]: step["caveats"] for step in run["steps"] if step["caveats"]}
    assert list(caveats) == ["short"]
    text = ran.run("status").stdout
    for step, way in WAYS.items():
        (line, *_) = [line for line in text.splitlines() if line.strip().startswith(step)]
        assert way.replace("nothing to take back", "not needed") in line
    assert caveats["short"][0] in " ".join(text.split())


def test_show_says_before_a_run_what_can_be_known(ran):
    shown = {step["id"]: step["way_back"] for step in document(ran, "show", str(ran.plan))["steps"]}
    derived = dict.fromkeys(("dearer", "short", "looks"), "derived")
    assert shown == WAYS | derived | {"no_extra": "nothing to take back"}


def test_the_run_itself_tells_the_caveat(project):
    project.database.connect().execute(SETUP)
    project.write("- {id: short, migrate: {sql: ALTER TABLE items DROP COLUMN name}}")
    (step,) = document(project, "execute", str(project.plan), "--yes")["steps"]
    assert step["reversible"] == "exact, with a caveat"
    assert "name" in step["note"]


def test_a_finalized_run_has_given_its_way_back_up(ran):
    assert ran.run("finalize", str(ran.plan), "--yes").returncode == 0
    assert "given up: finalized" in ran.run("status").stdout


# --- the conflict table ------------------------------------------------------------------------


def test_conflicts_are_listed_with_their_rollback_and_what_became_of_them(conflicts):
    listed = document(conflicts, "status", "--conflicts")
    assert listed["count"] == 2
    assert [(item["rollback"], item["run"], item["step"], item["key"]) for item in listed["conflicts"]] == [
        (number(conflicts), 1, "dearer", "id = 1"),
        (number(conflicts), 1, "dearer", "id = 2"),
    ]
    assert [(item["before"], item["after"], item["now"]) for item in listed["conflicts"]] == [
        ("1", "2", None),
        ("2", "3", "77"),
    ]
    assert {item["outcome"] for item in listed["conflicts"]} == {"nothing was changed"}
    text = conflicts.run("status", str(conflicts.plan), "--conflicts").stdout
    assert f"rollback {number(conflicts)} of run 1 of small" in text
    assert "nothing was changed" in text


def test_conflicts_stand_until_a_rollback_goes_through(conflicts):
    assert len(conflicts.status().conflicts) == 2
    conflicts.rollback(on_conflict=OnConflict.RESTORE)
    assert conflicts.status().conflicts == ()


def test_a_run_is_named_by_its_rollback_or_by_itself(conflicts):
    for run in (1, number(conflicts)):
        assert document(conflicts, "status", "--conflicts", "--run", str(run))["count"] == 2


def test_later_runs_have_their_own_conflicts(conflicts):
    with pytest.raises(Conflict):
        conflicts.rollback()
    assert document(conflicts, "status", "--conflicts", "--run", str(number(conflicts)))["count"] == 2
    assert document(conflicts, "status", "--conflicts", "--run", "1")["count"] == 4


def test_the_file_holds_every_value_exactly_and_is_private(conflicts, tmp_path):
    awkward = 'a,"b"\r\n\\N\t\u2028é'
    with conflicts.database.superuser() as connection:
        connection.execute(
            "UPDATE planrun.conflict SET before = %s, after = '', now = '\\N' WHERE key = 'id = 2'", (awkward,)
        )
    path = tmp_path / "conflicts.csv"
    done = conflicts.run("status", "--conflicts", "--csv", str(path))
    assert done.returncode == 0, done.stderr
    assert "2 conflicts" in done.stdout
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(newline="", encoding="utf-8") as stream:
        first, second = csv.DictReader(stream)
    assert (first["rollback"], first["outcome"], first["now"]) == (str(number(conflicts)), "nothing was changed", "\\N")
    assert (second["before"], second["after"], second["now"]) == (awkward, "", "\\N")
    assert ",\\N,nothing" in path.read_text(encoding="utf-8")
    assert ',"\\N",nothing' in path.read_text(encoding="utf-8")


def test_a_file_that_is_there_is_not_overwritten(conflicts, tmp_path):
    path = tmp_path / "conflicts.csv"
    path.write_text("mine")
    done = conflicts.run("status", "--conflicts", "--csv", str(path))
    assert (done.returncode, path.read_text()) == (2, "mine")
    assert "is there already" in done.stderr
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "nowhere")
    assert conflicts.run("status", "--conflicts", "--csv", str(link)).returncode == 2
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--run", "1"], 2, "--run belongs to --conflicts"),
        (["--csv", "x.csv"], 2, "--csv belongs to --conflicts"),
        (["--conflicts", "--run", "99"], 2, "there is no run 99"),
        (["--conflicts", "--run", "none"], 2, "'none' is not a valid integer"),
        (["--conflicts", "--csv", "nowhere/x.csv"], 3, "nowhere/x.csv cannot be written: No such file or directory"),
    ],
)
def test_wrong_words(conflicts, options, code, says):
    done = conflicts.run("status", *options)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_history_and_without_conflicts(project, tmp_path):
    assert "no conflicts" in project.run("status", "--conflicts").stdout
    done = project.run("status", "--conflicts", "--csv", str(tmp_path / "x.csv"))
    assert (done.returncode, (tmp_path / "x.csv").exists()) == (2, False)
    project.write("- {id: one, check: {sql: SELECT 1, expect: {value: 1}}}")
    project.execute()
    assert "no conflicts" in project.run("status", "--conflicts").stdout


def test_status_of_a_plan_tells_its_own_backups_and_that_the_database_is_another(project):
    project.write("- {id: saved, backup: {csv: {sql: SELECT 1 AS one}}}", target={"database": project.database.name})
    project.execute()
    assert "backups of the last 24 hours" in project.run("status", str(project.plan)).stdout
    project.name = "others"
    project.write("- {id: saved, backup: {csv: {sql: SELECT 1 AS one}}}", target={"database": "elsewhere"})
    shown = project.run("status", str(project.plan))
    assert shown.returncode == 0
    assert "this is not the database that the plan is for" in shown.stdout
    assert "backups of the last 24 hours" not in shown.stdout


BACKUPS = """
- {id: saved, backup: {csv: {sql: SELECT 1 AS one}}}
- {id: well, needs: [saved], check: {sql: SELECT 1, expect: {value: 1}}}
"""


def test_backups_and_checks_alone_leave_nothing_to_take_back(project):
    project.write(BACKUPS)
    done = project.run("execute", str(project.plan), "--yes")
    assert (done.returncode, done.stdout.count("nothing to take back")) == (0, 1)
    assert "planrun rollback" not in done.stdout
    assert project.status().can_roll_back == ()
    shown = project.run("status").stdout
    assert "can be rolled back\n  nothing to take back\n" in shown
    refused = project.run("rollback", str(project.plan), "--yes")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "nothing that could be taken back: backups and checks leave nothing behind" in refused.stderr
    # A later run has it once the plan has a step that changes the database, and its number is told.
    project.write(f"{BACKUPS}- {{id: made, needs: [well], migrate: {{sql: CREATE TABLE t ()}}}}\n")
    report = project.execute()
    assert project.status().can_roll_back == (("small", report.run),)
    assert project.rollback().reverses == report.run


def test_a_copy_of_a_table_can_be_taken_back(project):
    project.database.connect().execute("CREATE TABLE t AS SELECT 1 AS a")
    project.write("- {id: saved, backup: {table: t, into: kept}}")
    done = project.run("execute", str(project.plan), "--yes")
    assert f"planrun rollback {project.plan}" in done.stdout
    assert project.status().can_roll_back == (("small", 1),)
    project.rollback()
    assert project.status().can_roll_back == ()
