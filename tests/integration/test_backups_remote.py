"""Sets that lie in a bucket alone: listed, verified, restored and watched there, and what becomes of damage to them."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fingerprint import difference, fingerprint
from planrun.app import alerting, copying, restoring, verifying
from planrun.app.restore_words import Wanted
from planrun.app.verifying import Restoring, Verifying
from planrun.core.alerts import Trouble
from planrun.core.verification import Level
from planrun.errors import EnvironmentFault, StepFailed
from projects import Project, Watcher
from s3_server import CREDENTIALS, Cut, error

HOUR = 3_600_000
STEPS = """
- {id: dump, backup: {database: {}}}
- {id: export, backup: {csv: {sql: "SELECT id, a FROM t"}}}
"""


@pytest.fixture
def project(any_database, tmp_path, proxy, bucket, credentials, monkeypatch):
    """A project whose sets have copies in a bucket."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    made = Project(tmp_path, any_database)
    storage = [{"path": "backups"}, {"url": f"s3://{bucket.name}/copies"}]
    made.write(STEPS, storage=storage, alert={"expect_every": "1d", "verify_every": "7d"})
    with any_database.connect() as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, a text)")
        connection.execute("INSERT INTO t SELECT i, 'a' || i FROM generate_series(1, 500) i")
    return made


@pytest.fixture
def remote(project, bucket):
    """The address of a set of which nothing is left but its copy in the bucket."""
    name = Path(project.execute().backup_set).name
    shutil.rmtree(project.folder / "backups")
    return f"s3://{bucket.name}/copies/{name}"


@pytest.fixture
def both(project, bucket):
    """The address of the copy of a set; what was copied is there as well."""
    return f"s3://{bucket.name}/copies/{Path(project.execute().backup_set).name}"


@pytest.fixture
def empty(bench):
    made = bench.create_database(bench.newest())
    yield made
    bench.drop_database(made)


@pytest.fixture
def private(tmp_path, monkeypatch):
    """The place for temporary files: nothing of a set may stay in it."""
    folder = tmp_path / "private"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def verify(project, source, restore_on=None):
    how = Verifying(
        Watcher(),
        lambda: datetime.now(UTC),
        None if restore_on is None else Restoring(restore_on),
        living=project.database.params,
    )
    (found,) = verifying.verify(source, how)
    return found


def restore(source, database, **wanted):
    return restoring.restore(source, database.params, Wanted(yes=True, **wanted), Watcher(), lambda: datetime.now(UTC))


def monitored(project, *, remotely=True):
    with project.database.superuser() as connection:
        return connection.execute(
            "SELECT step, backup_status, verified_level FROM planrun.artifact WHERE starts_with(store, 's3:') = %s"
            " ORDER BY id",
            [remotely],
        ).fetchall()


def alerts(project):
    return alerting.alert(project.schedule.plan, project.database.params, HOUR).problems


def troubles(project):
    return {problem.trouble for problem in alerts(project) if (problem.store or "s3:").startswith("s3:")}


def path_of(address):
    """The path of a set in the bucket."""
    return address.split("/", 3)[3]


# --- all is well -------------------------------------------------------------------------------------


def test_it_is_verified_where_it_lies(project, remote, bucket, on, private):
    assert verify(project, remote).level is Level.BYTES
    assert monitored(project) == [("dump", "completed", "bytes"), ("export", "completed", "bytes")]
    store = remote.rpartition("/")[0]
    found = verify(project, store, on)
    assert (found.level, found.tables, found.rows) == (Level.RESTORED, 2, 1000)
    assert found.path == remote
    assert monitored(project) == [("dump", "completed", "restored"), ("export", "completed", "restored")]
    # Of the set that lay in the folder nobody said anything.
    assert monitored(project, remotely=False) == [("dump", "completed", None), ("export", "completed", None)]
    status, written = bucket.ask("GET", f"/{path_of(remote)}/verification.json")
    assert (status, json.loads(written)["level"]) == (200, "restored")
    assert list(private.iterdir()) == []


def test_a_dump_is_restored_from_there(project, remote, bucket, empty, private):
    before = bucket.names()
    report = restore(remote, empty)
    assert (report.compared, [table.rows for table in report.tables]) == (True, [500])
    with project.database.connect() as owner:
        owner.execute("DROP SCHEMA planrun CASCADE")
    assert difference(fingerprint(project.database), fingerprint(empty)) == ""
    assert bucket.names() == before  # the hold on it is gone
    assert list(private.iterdir()) == []


@pytest.mark.parametrize("wanted", [{"steps": ("export",)}, {"steps": ("dump",), "tables": ("t",)}])
def test_rows_are_restored_from_there(project, remote, private, wanted):
    with project.database.connect() as owner:
        owner.execute("DELETE FROM t WHERE id > 200")
        report = restore(remote, project.database, **wanted)
        assert (report.tables[0].back, report.tables[0].equal) == (300, 200)
        assert owner.execute("SELECT count(*) FROM t WHERE a = 'a' || id").fetchone() == (500,)
    assert list(private.iterdir()) == []


def test_the_program_lists_verifies_watches_and_restores_it(project, remote, bucket, proxy, empty):
    environment = {**CREDENTIALS, "AWS_ENDPOINT_URL": proxy.url}
    verified = project.run("backup", "verify", remote, "--json", **environment)
    assert (verified.returncode, verified.stderr.count("fetching")) == (0, 1)
    assert [(one["path"], one["level"]) for one in json.loads(verified.stdout)["sets"]] == [(remote, "bytes")]
    listed = project.run("backup", "list", str(project.plan), "--json", **environment)
    stores = json.loads(listed.stdout)["stores"]
    assert [[one["name"] for one in store["sets"]] for store in stores] == [[], [remote.rpartition("/")[2]]]
    assert stores[1]["sets"][0]["verification"]["level"] == "bytes"
    done = project.run("backup", "restore", remote, "--into", empty.url, "--yes", **environment)
    assert done.returncode == 0, done.stderr
    assert "every row is as it was saved: 1 table, 500 rows" in done.stdout
    alert = project.run("alert", str(project.plan), "--json", **environment)
    problems = json.loads(alert.stdout)["problems"]
    assert {(problem["trouble"], problem["store"]) for problem in problems} == {
        ("missing", str(project.folder / "backups")),
        ("overdue", str(project.folder / "backups")),
    }


def test_nothing_is_overdue_or_missing_there(project, both):
    assert troubles(project) == set()
    with project.database.superuser() as outside:
        outside.execute(
            "UPDATE planrun.artifact SET created_at = created_at - interval '8 days',"
            " completed_at = completed_at - interval '8 days'"
        )
    assert troubles(project) == {Trouble.OVERDUE, Trouble.UNVERIFIED}
    assert verify(project, both).level is Level.BYTES
    assert troubles(project) == {Trouble.OVERDUE}


# --- damage ------------------------------------------------------------------------------------------


def damaged(bucket, address, damage):
    """Damage a set, in the way that is named."""
    place = f"{path_of(address)}/database/dump.dump"
    _, content = bucket.ask("GET", f"/{place}")
    match damage:
        case "deleted":
            assert bucket.ask("DELETE", f"/{place}")[0] == 204
        case "cut":
            bucket.put(place, content[:-1])
        case "changed":
            bucket.put(place, content[:100] + bytes([content[100] ^ 1]) + content[101:])
        case "no manifest":
            assert bucket.ask("DELETE", f"/{path_of(address)}/manifest.json")[0] == 204


@pytest.mark.parametrize("damage", ["deleted", "cut", "changed", "no manifest"])
def test_damage_is_found_told_and_repaired(project, both, bucket, empty, damage):
    damaged(bucket, both, damage)
    seen = damage != "changed"  # a listing shows no content
    assert troubles(project) == ({Trouble.MISSING, Trouble.OVERDUE} if seen else set())
    with pytest.raises((StepFailed, EnvironmentFault), match=r"no backup set|cannot be there|changed or damaged"):
        restore(both, empty)
    with empty.connect() as owner:
        assert owner.execute("SELECT to_regclass('t')").fetchone() == (None,)
    found = verify(project, both.rpartition("/")[0])
    assert (found.sound, found.level, found.path) == (False, None, both)
    assert f"{path_of(both)}/verification.json" not in bucket.names()
    assert {status for _, status, _ in monitored(project)} == {"missing"}
    assert {status for _, status, _ in monitored(project, remotely=False)} == {"completed"}
    assert troubles(project) == {Trouble.MISSING, Trouble.OVERDUE}
    # The set that was copied is whole: its copy is made anew, and is one again.
    plan, name = project.schedule.plan, both.rpartition("/")[2]
    assert copying.copy_all(plan, project.database.params, Watcher(), only=name) == ((name, both.rpartition("/")[0]),)
    assert verify(project, both).level is Level.BYTES
    assert {status for _, status, _ in monitored(project)} == {"completed"}
    assert troubles(project) == set()
    assert restore(both, empty).compared


@pytest.mark.parametrize("damage", ["deleted", "cut", "no manifest"])
def test_damage_that_a_listing_shows_is_listed(project, both, bucket, proxy, damage):
    damaged(bucket, both, damage)
    done = project.run("backup", "list", both.rpartition("/")[0], **CREDENTIALS, AWS_ENDPOINT_URL=proxy.url)
    assert done.returncode == 0
    assert ("it has no manifest.json" if damage == "no manifest" else "damaged, 1 file missing") in done.stdout


def test_sets_are_listed_without_their_database_and_whatever_another_store_does(project, both, proxy):
    environment = {**CREDENTIALS, "AWS_ENDPOINT_URL": proxy.url, "PLANRUN_URL": "postgresql://nowhere.invalid/gone"}
    name = both.rpartition("/")[2]
    here, there = str(project.folder / "backups"), both.rpartition("/")[0]
    done = project.run("backup", "list", str(project.plan), **environment)
    assert (done.returncode, done.stdout.count(name)) == (0, 2)
    proxy.reset(lambda _: error(403, "ExpiredToken"))
    done = project.run("backup", "list", str(project.plan), **environment)
    assert (done.returncode, done.stdout.count(name)) == (3, 1)
    assert f"{there}\n  it cannot be looked at: {there} cannot be listed: the credentials have expired" in done.stdout
    document = json.loads(project.run("backup", "list", str(project.plan), "--json", **environment).stdout)
    assert (document["ok"], [store["address"] for store in document["stores"]]) == (False, [here, there])
    assert [(store["unseen"] is None, len(store["sets"])) for store in document["stores"]] == [(True, 1), (False, 0)]
    alone = project.run("backup", "list", there, **environment)
    assert (alone.returncode, alone.stdout) == (3, "")


def test_what_breaks_off_on_the_way_is_no_fault_of_the_set(project, both, proxy, empty):
    proxy.reset(lambda request: Cut(50) if request.path.endswith("dump.dump") else None)
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        restore(both, empty)
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        verify(project, both)
    proxy.reset(lambda request: error(403, "ExpiredToken") if request.path.endswith("manifest.json") else None)
    with pytest.raises(EnvironmentFault, match="the credentials have expired"):
        verify(project, both.rpartition("/")[0])
    proxy.reset(lambda _: error(403, "ExpiredToken"))
    with pytest.raises(EnvironmentFault, match="the credentials have expired"):
        restore(both, empty)
    (problem,) = [found for found in alerts(project) if found.trouble is Trouble.UNREACHABLE]
    assert problem.store == both.rpartition("/")[0]
    assert {status for _, status, _ in monitored(project)} == {"completed"}
    proxy.reset()
    assert restore(both, empty).compared
