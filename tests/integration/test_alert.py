"""`planrun alert` on a real server: each kind of alert comes of what it is for, and none where all is well."""

import json
import os
import shutil

import pytest

from planrun.app import alerting, looking
from planrun.core.alerts import Trouble
from planrun.edges.postgres import connection as connections
from planrun.edges.postgres import history, monitoring
from planrun.edges.postgres.queries import query
from planrun.errors import EnvironmentFault, PlanrunError, Refused, StepFailed
from projects import Project, until, working
from smtp_server import smtp_server

HOUR = 3_600_000
BACKUPS = """
- {id: rows, backup: {csv: {sql: SELECT * FROM items}}}
- {id: whole, needs: [rows], backup: {database: {schema_only: true}}}
- {id: dearer, needs: [whole], migrate: {sql: UPDATE items SET price = price + 1}}
"""
ALERT = {"expect_every": "1d", "verify_every": "7d"}


@pytest.fixture
def shop(project):
    project.database.connect().execute(
        "CREATE TABLE items (id int PRIMARY KEY, price int); INSERT INTO items VALUES (1, 10), (2, 20)"
    )
    project.write(BACKUPS, alert=ALERT)
    return project


@pytest.fixture
def backed_up(shop):
    shop.execute()
    return shop


@pytest.fixture
def each_project(database, tmp_path):
    """A project on each major, for what the history's own SQL decides."""
    return Project(tmp_path, database)


def alerts(project, since=HOUR):
    return alerting.alert(project.schedule.plan, project.database.params, since)


def troubles(project, since=HOUR):
    return [problem.trouble for problem in alerts(project, since).problems]


def change(project, statement, *values):
    """Write into the history what only a superuser may make of it, such as other times."""
    with project.database.superuser() as connection:
        connection.execute(statement, values)


def monitored(project):
    rows = project.database.connect().execute(
        "SELECT backup_type, backup_status, error_message FROM planrun.backup_monitoring ORDER BY id"
    )
    return rows.fetchall()


def history_versions(project):
    return project.database.connect().execute("SELECT version FROM planrun.version ORDER BY version DESC").fetchall()


def artifact(project, step):
    return next(
        item for item in looking.status(project.database.params, project.schedule.plan).artifacts if item.step == step
    )


# --- all is well ---------------------------------------------------------------------------------


def test_all_is_well(backed_up):
    done = backed_up.run("alert", str(backed_up.plan))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(": all is well\n")
    done = backed_up.run("alert", str(backed_up.plan), "--json", PYTHONPROFILEIMPORTTIME="1")
    assert "psycopg" in done.stderr
    assert "apprise" not in done.stderr
    document = json.loads(done.stdout)
    assert (document["ok"], document["problems"], document["notice"]) == (True, [], None)
    assert document["stores"] == [str(backed_up.folder / "backups")]


def test_all_is_not_well_where_nobody_could_be_told(backed_up):
    backed_up.write(BACKUPS, alert=ALERT, notify={"urls_from": "PLANRUN_TEST_URLS", "on": ["failure"]})
    done = backed_up.run("alert", str(backed_up.plan), PLANRUN_TEST_URLS="")
    assert done.returncode == EnvironmentFault.exit_code
    assert "PLANRUN_TEST_URLS, which the plan names for notifications, holds no address" in done.stderr
    assert "nothing else wants a person" in done.stderr
    assert "all is well" not in done.stdout
    done = backed_up.run("alert", str(backed_up.plan), PLANRUN_TEST_URLS="json://127.0.0.1:1")
    assert (done.returncode, done.stderr) == (0, "")


def test_each_row_names_its_set_and_its_store(backed_up):
    rows = artifact(backed_up, "rows")
    store = backed_up.folder / "backups"
    assert rows.store == str(store)
    assert rows.path == str(store / rows.set_name / "csv_exports" / "rows.csv")
    assert (store / rows.set_name / "manifest.json").exists()


def test_without_any_run_the_backup_is_overdue_only_where_one_is_expected(shop):
    assert troubles(shop) == [Trouble.OVERDUE]
    shop.write(BACKUPS, alert={"verify_every": "7d"})
    assert troubles(shop) == []


def test_a_span_that_is_none_is_refused(shop):
    done = shop.run("alert", str(shop.plan), "--since", "0")
    assert done.returncode == 2
    assert "wanted a duration such as 30min, 1h or 2d, found '0'" in done.stderr


# --- runs and backups that failed ----------------------------------------------------------------


def test_a_dump_that_fails_is_told_for_as_long_as_was_asked(shop):
    with shop.database.superuser() as connection:
        connection.execute("CREATE TABLE secret (id int)")
    shop.write(BACKUPS.replace("schema_only: true", ""))
    with pytest.raises(StepFailed):
        shop.execute()
    assert troubles(shop) == [Trouble.RUN_FAILED, Trouble.BACKUP_FAILED, Trouble.OVERDUE]
    done = shop.run("alert", str(shop.plan))
    assert done.returncode == 1
    assert "secret" in done.stdout
    assert monitored(shop)[1][1] == "failed"
    change(shop, "UPDATE planrun.run SET finished_at = finished_at - interval '2 hours'")
    change(shop, "UPDATE planrun.artifact SET completed_at = completed_at - interval '2 hours'")
    assert troubles(shop) == [Trouble.OVERDUE]
    assert troubles(shop, 3 * HOUR) == [Trouble.RUN_FAILED, Trouble.BACKUP_FAILED, Trouble.OVERDUE]


def test_a_killed_run_is_told_until_another_settles_it(shop):
    shop.write(BACKUPS.replace("SELECT * FROM items", "SELECT pg_sleep(300)::text FROM items"))
    with shop.started("execute", str(shop.plan), "--yes") as process:
        pid = until(lambda: working(shop.database, "pg_sleep"), "the export is under way")
        assert troubles(shop) == [Trouble.OVERDUE]
        process.kill()
        process.wait()
    with shop.database.superuser() as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
    until(lambda: not shop.status().holder, "the lease is free")
    assert troubles(shop) == [Trouble.RUN_INTERRUPTED, Trouble.BACKUP_FAILED, Trouble.OVERDUE]
    assert (artifact(shop, "rows").status, artifact(shop, "rows").error) == ("failed", "the run was interrupted")
    assert monitored(shop) == [("csv", "running", None)]
    shop.name = "other"
    shop.write("- {id: one, migrate: {sql: UPDATE items SET price = 1}}", alert=ALERT)
    shop.execute()
    assert monitored(shop) == [("csv", "failed", "the run was interrupted")]


# --- states that last ----------------------------------------------------------------------------


def test_a_backup_that_is_too_old_is_overdue_each_time(backed_up):
    change(backed_up, "UPDATE planrun.artifact SET completed_at = completed_at - interval '25 hours'")
    assert troubles(backed_up) == troubles(backed_up) == [Trouble.OVERDUE]


def test_what_was_never_verified_is_told_after_the_time_and_no_more_once_it_was(backed_up):
    change(backed_up, "UPDATE planrun.artifact SET completed_at = completed_at - interval '8 days'")
    assert troubles(backed_up) == [Trouble.OVERDUE, Trouble.UNVERIFIED]
    found = artifact(backed_up, "rows")
    with connections.open_connection(backed_up.database.params) as connection:
        now = alerts(backed_up).now
        assert monitoring.verified(connection, found.set_name, found.store, now, "restored") == 2
    assert troubles(backed_up) == [Trouble.OVERDUE]
    assert artifact(backed_up, "rows").verified_level == "restored"
    change(backed_up, "UPDATE planrun.artifact SET verified_at = verified_at - interval '8 days'")
    assert troubles(backed_up) == [Trouble.OVERDUE, Trouble.UNVERIFIED]


@pytest.mark.parametrize("damage", ["file", "byte", "manifest", "set"])
def test_a_row_that_says_completed_whose_file_is_gone(backed_up, damage):
    found = artifact(backed_up, "rows")
    folder = backed_up.folder / "backups" / found.set_name
    file = folder / "csv_exports" / "rows.csv"
    match damage:
        case "file":
            file.unlink()
        case "byte":
            os.truncate(file, file.stat().st_size - 1)
        case "manifest":
            (folder / "manifest.json").unlink()
        case "set":
            shutil.rmtree(folder)
    told = alerts(backed_up)
    assert {problem.trouble for problem in told.problems} == {Trouble.OVERDUE, Trouble.MISSING}
    assert any(problem.step == "rows" and found.path in problem.message for problem in told.problems)
    assert artifact(backed_up, "rows").status == "missing"


def test_status_tells_what_is_missing_if_it_has_a_plan_to_know_the_stores(backed_up):
    found = artifact(backed_up, "rows")
    shutil.rmtree(backed_up.folder / "backups" / found.set_name)
    (csv, _) = json.loads(backed_up.run("status", str(backed_up.plan), "--json").stdout)["last_24_hours"]
    assert (csv["total"], csv["completed"], csv["missing"]) == (1, 0, 1)
    (csv, _) = json.loads(backed_up.run("status", "--json").stdout)["last_24_hours"]
    assert (csv["total"], csv["completed"], csv["missing"]) == (1, 1, 0)


def test_what_verify_finds_missing_stays_so_until_it_is_there_again(backed_up):
    found = artifact(backed_up, "rows")
    file = backed_up.folder / "backups" / found.set_name / "csv_exports" / "rows.csv"
    content = file.read_bytes()
    file.write_bytes(content.replace(b"1", b"7"))
    assert troubles(backed_up) == []  # its size alone tells nothing
    assert backed_up.run("backup", "verify", str(backed_up.plan)).returncode == 1
    (csv, schema) = monitored(backed_up)
    assert csv[:2] == ("csv", "missing")
    assert "SHA-256" in csv[2]
    assert schema == ("schema", "completed", None)
    assert troubles(backed_up) == [Trouble.OVERDUE, Trouble.MISSING]
    file.write_bytes(content)
    assert backed_up.run("backup", "verify", str(backed_up.plan)).returncode == 0
    assert monitored(backed_up)[0] == ("csv", "completed", None)
    assert troubles(backed_up) == []


def test_what_retention_removed_is_no_loss_but_does_not_count(backed_up):
    found = artifact(backed_up, "rows")
    with connections.open_connection(backed_up.database.params) as connection:
        assert monitoring.missing(connection, found.set_name, found.store, {"manifest.json": "it is gone"}) == 2
        assert monitoring.pruned(connection, found.set_name, found.store) == 2
    assert [row[:2] for row in monitored(backed_up)] == [("csv", "pruned"), ("schema", "pruned")]
    assert troubles(backed_up) == [Trouble.OVERDUE]


def test_a_copy_of_a_table_is_known_by_the_database_itself(each_project):
    each_project.database.connect().execute('CREATE TABLE "it""ems" AS SELECT 1 AS id')
    each_project.write(
        "- {id: copy, backup: {table: 'it\"ems', into: 'kept\"it'}}\n- {id: go, migrate: {sql: SELECT 1}}"
    )
    each_project.execute()
    assert monitored(each_project) == [("table", "completed", None)]
    each_project.rollback()
    assert monitored(each_project) == [("table", "pruned", None)]
    assert troubles(each_project) == []
    each_project.execute()
    assert [row[1] for row in monitored(each_project)] == ["pruned", "completed"]
    each_project.database.connect().execute('DROP TABLE "kept""it"')
    assert [row[1] for row in monitored(each_project)] == ["pruned", "missing"]
    assert troubles(each_project) == [Trouble.MISSING]


def test_copies_of_a_set_have_rows_of_their_own(backed_up):
    found = artifact(backed_up, "rows")
    with connections.open_connection(backed_up.database.params) as connection:
        assert monitoring.begin_copy(connection, found.set_name, found.store, "s3://b/p") == 2
        monitoring.fail_copy(connection, found.set_name, "s3://b/p", EnvironmentFault("no room"))
        assert [row[1:] for row in monitored(backed_up)[2:]] == [("failed", "no room")] * 2
        monitoring.begin_copy(connection, found.set_name, found.store, "s3://b/p")
        monitoring.abandon(connection)
        monitoring.finish_copy(connection, found.set_name, "s3://b/p")
        last = monitoring.artifacts(connection, "small")[-2:]
    assert [item.path for item in last] == [
        f"s3://b/p/{found.set_name}/csv_exports/rows.csv",
        f"s3://b/p/{found.set_name}/database/whole.dump",
    ]
    assert [row[1] for row in monitored(backed_up)] == ["completed"] * 2 + ["failed"] * 2 + ["completed"] * 2


# --- what cannot be looked at --------------------------------------------------------------------


def test_a_store_that_cannot_be_looked_at_is_an_alert(backed_up):
    (backed_up.folder / "backups").chmod(0o777)
    told = alerts(backed_up)
    assert Trouble.UNREACHABLE in {problem.trouble for problem in told.problems}
    assert "can be written by others" in "".join(problem.error for problem in told.problems)
    ((store, reason),) = looking.status(backed_up.database.params, backed_up.schedule.plan).unseen
    assert store == str(backed_up.folder / "backups")
    assert "can be written by others" in reason


@pytest.mark.parametrize(
    ("head", "url", "code"),
    [
        ({}, "postgresql://127.0.0.1:1/nowhere", 3),
        ({"target": {"database": "another"}}, "", 4),
    ],
)
def test_a_target_that_cannot_be_looked_at_is_told_as_well(backed_up, head, url, code):
    with smtp_server() as box:
        backed_up.write(BACKUPS, notify={"urls_from": "TO"}, **head)
        done = backed_up.run("alert", str(backed_up.plan), TO=box.url, **({"PLANRUN_URL": url} if url else {}))
    assert done.returncode == code
    (mail,) = box.mails
    assert mail["Subject"] == "planrun: ALERT, the target cannot be looked at: small"
    assert ("cannot connect" if code == 3 else "not the database") in mail.get_content()


def test_an_older_history_is_read_as_it_is(each_project):
    connection = each_project.database.connect()
    connection.execute(query("history"))
    connection.execute(
        "INSERT INTO planrun.run (plan, direction, status, transaction, tool) VALUES"
        " ('small', 'execute', 'done', 'step', 'planrun 0');"
        "INSERT INTO planrun.artifact (run_id, step, backup_type, backup_path, backup_status, completed_at)"
        " VALUES (1, 'rows', 'csv', 'backups/x/csv_exports/rows.csv', 'completed', now())"
    )
    each_project.write("- {id: go, migrate: {sql: SELECT 1}}")
    assert troubles(each_project) == []
    (row,) = looking.status(each_project.database.params, None).artifacts
    assert (row.status, row.set_name, row.store, row.verified) == ("completed", None, None, None)
    each_project.execute()
    (before, *_) = history_versions(each_project)
    assert before == (history.VERSION,)
    assert monitored(each_project) == [("csv", "completed", None)]


def test_refusals_are_the_usual_ones(backed_up):
    with backed_up.database.superuser() as connection:
        connection.execute("INSERT INTO planrun.version (version) VALUES (1000)")
    with pytest.raises((EnvironmentFault, Refused)) as caught:
        alerts(backed_up)
    assert isinstance(caught.value, PlanrunError)
    assert "version 1000" in caught.value.message
