"""Runs whose plan has further stores: each set is copied before the first migrate step, or nothing is migrated."""

from __future__ import annotations

import json

import pytest

from planrun.app import copying
from planrun.errors import EnvironmentFault, UsageFault
from projects import Project, Watcher
from s3_server import CREDENTIALS, SECRET, error

STEPS = """
- id: saved
  backup: {csv: {sql: SELECT * FROM t ORDER BY 1}}
- id: changed
  needs: [saved]
  migrate: {sql: UPDATE t SET a = a + 1}
- id: saved_after
  needs: [changed]
  backup: {csv: {sql: SELECT * FROM t ORDER BY 1}}
"""


@pytest.fixture
def project(any_database, tmp_path, proxy, bucket, credentials, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    made = Project(tmp_path, any_database)
    made.write(STEPS, storage=[{"path": "backups"}, {"url": f"s3://{bucket.name}/copies"}])
    with any_database.connect() as connection:
        connection.execute("CREATE TABLE t (a int PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES (1)")
    return made


def value(database):
    with database.connect() as connection:
        return connection.execute("SELECT a FROM t").fetchone()[0]


def artifacts(database):
    with database.connect() as connection:
        rows = connection.execute("SELECT step, store, backup_status, error_message FROM planrun.artifact ORDER BY id")
        return [(step, store.startswith("s3://"), status, error_) for step, store, status, error_ in rows]


def manifests(bucket):
    return [name for name in bucket.names() if name.endswith("/manifest.json")]


def test_a_set_is_copied_before_the_first_migrate_step(project, any_database, proxy, bucket):
    at_the_manifest = []

    def rule(request):
        if request.method == "PUT" and request.path.endswith("manifest.json"):
            at_the_manifest.append(value(any_database))

    proxy.reset(rule)
    person = Watcher()
    project.execute(person=person)
    assert at_the_manifest == [1, 2]
    assert len(manifests(bucket)) == 2
    assert f"to s3://{bucket.name}/copies: 1 file" in person.text
    assert artifacts(any_database) == [
        ("saved", False, "completed", None),
        ("saved", True, "completed", None),
        ("saved_after", False, "completed", None),
        ("saved_after", True, "completed", None),
    ]
    proxy.reset()
    assert project.execute().status == "nothing to do"
    assert proxy.seen == []


@pytest.mark.parametrize("transaction", ["step", "plan"])
def test_where_a_copy_fails_nothing_is_migrated_and_the_next_run_goes_on(
    project, any_database, proxy, bucket, transaction
):
    steps = STEPS if transaction == "step" else STEPS.partition("- id: saved_after")[0]
    project.write(steps, transaction=transaction)
    proxy.reset(lambda request: error(403, "ExpiredToken") if "/csv_exports/" in request.path else None)
    with pytest.raises(EnvironmentFault, match="the credentials have expired") as failed:
        project.execute()
    assert "the next execute goes on with the copy" in failed.value.__notes__[0]
    assert value(any_database) == 1
    assert manifests(bucket) == []
    (kept, copy) = artifacts(any_database)
    assert kept == ("saved", False, "completed", None)
    assert copy[:3] == ("saved", True, "failed")
    assert "the credentials have expired" in copy[3]
    proxy.reset()
    project.execute()
    assert value(any_database) == 2
    assert len(manifests(bucket)) == (2 if transaction == "step" else 1)
    assert [row[2] for row in artifacts(any_database) if row[0] == "saved"] == ["completed", "failed", "completed"]


def test_a_store_that_cannot_be_reached_is_found_before_anything_is_backed_up(project, any_database, tmp_path, bucket):
    project.write(STEPS, storage=[{"path": "backups"}, {"url": "s3://not-there"}])
    with pytest.raises(EnvironmentFault, match="s3://not-there cannot be listed: there is no such bucket"):
        project.execute()
    assert not (tmp_path / "backups").exists()
    assert value(any_database) == 1


def test_a_copy_that_failed_at_the_end_is_made_by_the_next_run_that_has_nothing_else_to_do(
    project, any_database, proxy, bucket
):
    proxy.reset(lambda request: error(403, "ExpiredToken") if "saved_after" in request.path else None)
    with pytest.raises(EnvironmentFault):
        project.execute()
    assert value(any_database) == 2
    proxy.reset()
    project.execute()
    assert value(any_database) == 2
    assert len(manifests(bucket)) == 2


def test_upload_makes_what_is_lacking_and_repairs_one_that_is_named(project, any_database, proxy, bucket):
    proxy.reset(lambda request: error(403, "ExpiredToken") if "saved_after" in request.path else None)
    with pytest.raises(EnvironmentFault):
        project.execute()
    proxy.reset()
    plan = project.schedule.plan
    person = Watcher()
    ((name, store),) = copying.copy_all(plan, any_database.params, person)
    assert store == f"s3://{bucket.name}/copies"
    assert name in person.told[0]
    assert copying.copy_all(plan, any_database.params, person) == ()
    (lost,) = [found for found in bucket.names() if found.endswith("saved_after.csv")]
    assert bucket.ask("DELETE", f"/{lost}")[0] == 204
    assert copying.copy_all(plan, any_database.params, person, only=name) == ((name, store),)
    assert lost in bucket.names()
    with pytest.raises(EnvironmentFault, match="the history knows no complete backup set nowhere"):
        copying.copy_all(plan, any_database.params, person, only="nowhere")
    project.write(STEPS, storage=[{"path": "backups"}])
    with pytest.raises(UsageFault, match="has no store for copies"):
        copying.copy_all(project.schedule.plan, any_database.params, person)


def test_a_second_folder_gets_copies_as_well(project, any_database, tmp_path):
    project.write(STEPS, storage=[{"path": "backups"}, {"path": "elsewhere"}])
    project.execute()
    here, there = (
        {path.relative_to(top) for path in top.rglob("*")} for top in (tmp_path / "backups", tmp_path / "elsewhere")
    )
    assert here == there
    assert [row[2] for row in artifacts(any_database)] == ["completed"] * 4


def test_the_secret_appears_nowhere(project, any_database, proxy, bucket, tmp_path):
    """Through the program itself: with the service repeating it, in a failure and in success."""
    proxy.reset(lambda request: error(403, SECRET) if "/csv_exports/" in request.path else None)
    environment = {**CREDENTIALS, "AWS_ENDPOINT_URL": proxy.url}
    failed = project.run("execute", str(project.plan), "--yes", **environment)
    assert (failed.returncode, "the credentials do not allow it (403)" in failed.stderr) == (3, True)
    assert "planrun backup upload" in failed.stderr
    proxy.reset()
    uploaded = project.run("backup", "upload", str(project.plan), "--json", **environment)
    assert (uploaded.returncode, len(json.loads(uploaded.stdout)["copies"])) == (0, 1)
    done = project.run("execute", str(project.plan), "--yes", **environment)
    assert done.returncode == 0, done.stderr
    listed = project.run("backup", "list", str(project.plan), **environment)
    assert f"s3://{bucket.name}/copies: 2 backup sets" in listed.stdout
    assert "not verified" in listed.stdout
    again = project.run("backup", "list", f"s3://{bucket.name}/copies", "--json", **environment)
    assert len(json.loads(again.stdout)["stores"][0]["sets"]) == 2
    refused = project.run("backup", "list", f"s3://key:{SECRET}@{bucket.name}", **environment)
    assert refused.returncode == 2
    texts = [text for end in (failed, uploaded, done, listed, again, refused) for text in (end.stdout, end.stderr)]
    texts += [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    with any_database.superuser() as connection:
        for (table,) in connection.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'planrun'::regnamespace"
        ).fetchall():
            texts += [row for (row,) in connection.execute(f"SELECT t::text FROM {table} t")]
    for text in texts:
        assert SECRET not in text
        assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in text
