"""Dumps in a directory, and sets that are encrypted, verified and restored."""

from __future__ import annotations

import gzip
import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pyrage
import pytest

from planrun.app import restoring, verifying
from planrun.app.restore_words import Wanted
from planrun.app.verifying import Restoring, Verifying
from planrun.core.manifest import ArtifactKind, StoredFile
from planrun.core.verification import Level
from planrun.edges.backups import manifest as manifest_file
from planrun.errors import EnvironmentFault, StepFailed, UsageFault
from projects import Project, Watcher

KEY = pyrage.x25519.Identity.generate()


def encrypted(folder, files):
    """Encrypt files of a set, and return what the manifest says of them then."""
    found = []
    for file in files:
        path = folder / file.path
        content = pyrage.encrypt(path.read_bytes(), [KEY.to_public()])
        path.unlink()
        (folder / f"{file.path}.age").write_bytes(content)
        found.append(StoredFile(f"{file.path}.age", len(content), sha256(content).hexdigest()))
    return tuple(found)


@pytest.fixture(params=["plainly", "encrypted"])
def case(request, any_database, tmp_path):
    """A set with an export that is compressed and a dump in a directory; both may be encrypted, with the key's file."""
    with any_database.connect() as owner:
        owner.execute("CREATE TABLE t (id int PRIMARY KEY, name text); CREATE TABLE u (a int)")
        owner.execute(
            r"INSERT INTO t SELECT i, E'name\n\\.\n' || i FROM generate_series(1, 500) i; INSERT INTO u VALUES (1)"
        )
    project = Project(tmp_path, any_database)
    project.write(
        '- {id: dump, backup: {database: {}}}\n- {id: export, backup: {csv: {sql: "SELECT id, name FROM t"}}}'
    )
    folder = Path(project.execute().backup_set)
    place = folder / "database" / "dump.dir"
    subprocess.run(
        [
            any_database.server.installation.bindir / "pg_dump",
            "-Fd",
            "-f",
            place,
            "-d",
            any_database.url,
            "-N",
            "planrun",
        ],
        check=True,
    )
    found = manifest_file.read(folder)
    artifacts = []
    for artifact in found.artifacts:
        if artifact.kind is ArtifactKind.DATABASE:
            (folder / artifact.files[0].path).unlink()
            paths = sorted(place.iterdir())
        else:
            path = folder / artifact.files[0].path
            paths = [path.with_name(f"{path.name}.gz")]
            paths[0].write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
        files = tuple(
            StoredFile(str(p.relative_to(folder)), p.stat().st_size, sha256(p.read_bytes()).hexdigest()) for p in paths
        )
        if request.param == "encrypted":
            files = encrypted(folder, files)
        form = "directory" if artifact.kind is ArtifactKind.DATABASE else "csv"
        artifacts.append(
            replace(
                artifact,
                format=form,
                files=files,
                encryption="age" if request.param == "encrypted" else None,
                compression="gzip" if form == "csv" else None,
            )
        )
    for path in folder.glob("*/**/*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    descriptor = os.open(folder, os.O_RDONLY)
    manifest_file.write(descriptor, folder, replace(found, artifacts=tuple(artifacts)))
    os.close(descriptor)
    identity = None
    if request.param == "encrypted":
        identity = tmp_path / "key"
        identity.write_text(str(KEY))
    return folder, identity


@pytest.fixture
def empty(bench):
    made = bench.create_database(bench.newest())
    yield made
    bench.drop_database(made)


def verify(folder, identity, restoring=None):
    how = Verifying(Watcher(), lambda: datetime.now(UTC), restoring, identity)
    (found,) = verifying.verify(str(folder), how)
    return found


def restore(folder, identity, database, **wanted):
    wanted = Wanted(yes=True, identity=identity, **wanted)
    return restoring.restore(str(folder), database.params, wanted, Watcher(), lambda: datetime.now(UTC))


def test_it_is_verified_and_restored(case, any_database, empty):
    folder, identity = case
    assert verify(folder, identity).findings == ()
    with any_database.superuser() as outside:
        outside.execute("DROP ROLE IF EXISTS verifier; CREATE ROLE verifier LOGIN CREATEDB")
    found = verify(folder, identity, Restoring(any_database.server.params(user="verifier")))
    assert (found.level, found.tables, found.rows) == (Level.RESTORED, 3, 1001)
    report = restore(folder, identity, empty, steps=("dump",))
    assert [(table.name, table.rows) for table in report.tables] == [("t", 500), ("u", 1)]
    for wanted in ({"steps": ("export",)}, {"steps": ("dump",), "tables": ("t",)}):
        with any_database.connect() as owner:
            owner.execute("DROP SCHEMA IF EXISTS planrun CASCADE; DELETE FROM t WHERE id > 200")
        assert restore(folder, identity, any_database, **wanted).tables[0].back == 300


@pytest.mark.parametrize("case", ["encrypted"], indirect=True)
def test_without_the_key_only_the_bytes_are_compared(case, any_database, empty, tmp_path, monkeypatch):
    folder, identity = case
    found = verify(folder, None)
    assert (found.level, [finding.level.value for finding in found.findings]) == (Level.BYTES, ["note", "note"])
    with pytest.raises(UsageFault, match="is encrypted"):
        restore(folder, None, empty, steps=("dump",))
    other = tmp_path / "other"
    other.write_text(str(pyrage.x25519.Identity.generate()))
    with pytest.raises((EnvironmentFault, StepFailed)):
        restore(folder, other, empty, steps=("dump",))
    monkeypatch.setenv("PLANRUN_AGE_IDENTITY", str(identity))
    assert restore(folder, None, empty, steps=("dump",)).compared
