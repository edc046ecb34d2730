"""Which pg_dump is taken: the server's own major version, never one without TLS where TLS is wanted."""

from __future__ import annotations

import os

import psycopg
import pytest

from planrun.edges.backups import libpq, tools
from planrun.errors import EnvironmentFault, UsageFault

LOCAL = {"host": "/run/somewhere", "dbname": "d", "user": "u"}


def stand_in(folder, version, restore=None):
    """Programs that tell a version and nothing else."""
    folder.mkdir(parents=True)
    for name, text in (("pg_dump", version), ("pg_restore", restore or version)):
        path = folder / name
        path.write_text(f'#!/bin/sh\necho "{name} (PostgreSQL) {text}"\n')
        path.chmod(0o755)
    return folder


@pytest.fixture
def only(monkeypatch):
    """Look nowhere but in these folders of the PATH and PLANRUN_PG_BINDIR."""

    def look(*path, override=None):
        monkeypatch.setattr(tools, "_SYSTEM", ())
        monkeypatch.setattr(tools, "_WHEELS", ())
        monkeypatch.setenv("PATH", os.pathsep.join(map(str, path)))
        monkeypatch.delenv("PLANRUN_PG_BINDIR", raising=False)
        if override:
            monkeypatch.setenv("PLANRUN_PG_BINDIR", str(override))

    return look


@pytest.mark.parametrize(
    ("text", "minor", "version"),
    [("16.14", 14, "16.14"), ("16.9 (Debian 16.9-1)", 9, "16.9"), ("16beta2", None, "16beta2")],
)
def test_the_version_is_read(tmp_path, only, text, minor, version):
    bindir = stand_in(tmp_path / "a", text)
    only(bindir)
    assert tools.tools(16, LOCAL) == tools.Tools(bindir / "pg_dump", bindir / "pg_restore", 16, minor, version)


def test_the_same_major_is_taken_even_where_a_newer_one_comes_first(tmp_path, only):
    only(stand_in(tmp_path / "a", "18.4"), stand_in(tmp_path / "b", "16.14"), stand_in(tmp_path / "c", "15.3"))
    assert tools.tools(16, LOCAL).pg_dump == tmp_path / "b" / "pg_dump"


def test_the_persons_word_comes_first(tmp_path, only):
    only(stand_in(tmp_path / "a", "16.1"), override=stand_in(tmp_path / "b", "16.14"))
    assert tools.tools(16, LOCAL).version == "16.14"


def test_none_of_the_major_lists_what_was_found_and_the_cure(tmp_path, only):
    only(stand_in(tmp_path / "a", "15.3"), override=stand_in(tmp_path / "b", "18.4"))
    with pytest.raises(EnvironmentFault) as caught:
        tools.tools(16, LOCAL)
    assert f"found 18.4 in {tmp_path / 'b'}, 15.3 in {tmp_path / 'a'}" in caught.value.message
    assert "postgresql-client-16" in caught.value.hint
    assert "PLANRUN_PG_BINDIR" in caught.value.hint


def test_nothing_at_all_is_told(tmp_path, only):
    only(tmp_path)
    with pytest.raises(EnvironmentFault, match="found none"):
        tools.tools(16, LOCAL)


def test_a_pair_of_two_versions_is_no_pair(tmp_path, only):
    only(stand_in(tmp_path / "a", "16.14", restore="15.3"))
    with pytest.raises(EnvironmentFault, match="found none"):
        tools.tools(16, LOCAL)


def test_a_wrapper_that_chooses_anew_is_passed_over(tmp_path, only):
    folder = stand_in(tmp_path / "a", "16.14")
    (folder / "pg_dump").rename(folder / "pg_wrapper")
    (folder / "pg_dump").symlink_to("pg_wrapper")
    only(folder)
    with pytest.raises(EnvironmentFault, match="found none"):
        tools.tools(16, LOCAL)


def test_a_program_of_the_current_folder_is_never_taken(tmp_path, only, monkeypatch):
    stand_in(tmp_path / "bin", "16.14")
    monkeypatch.chdir(tmp_path)
    only("bin", "")
    with pytest.raises(EnvironmentFault, match="found none"):
        tools.tools(16, LOCAL)


def test_a_program_that_does_not_run_is_passed_over(tmp_path, only):
    folder = stand_in(tmp_path / "a", "16.14")
    (folder / "pg_dump").write_text("no program")
    only(folder)
    with pytest.raises(EnvironmentFault, match="found none"):
        tools.tools(16, LOCAL)


@pytest.mark.parametrize(
    ("settings", "wheels"),
    [
        ({"host": "/run/x"}, True),
        ({"host": "localhost"}, True),
        ({"host": "127.0.0.1"}, True),
        ({"host": "::1"}, True),
        ({"host": "localhost", "sslmode": "prefer"}, True),
        ({"host": "db", "hostaddr": "127.0.0.1"}, True),
        ({"host": "localhost", "sslmode": "require"}, False),
        ({"host": "localhost", "sslmode": "verify-full"}, False),
        ({"host": "db.example.org"}, False),
        ({"host": "localhost,db.example.org"}, False),
        ({"host": "localhost", "hostaddr": "203.0.113.1"}, False),
    ],
)
def test_a_build_without_tls_speaks_only_to_this_machine(settings, wheels):
    assert libpq.without_tls_is_enough(settings) is wheels


def test_the_wheels_are_used_only_where_no_tls_is_needed(only, monkeypatch):
    wheels = tools._WHEELS
    only()
    monkeypatch.setattr(tools, "_WHEELS", wheels)
    assert tools.tools(18, LOCAL).major == 18
    with pytest.raises(EnvironmentFault, match="found none"):
        tools.tools(18, LOCAL | {"host": "db.example.org"})


def test_the_environment_is_complete_and_inherits_no_connection_and_no_secret(monkeypatch):
    monkeypatch.setenv("PGHOST", "elsewhere")
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    monkeypatch.setenv("PGOPTIONS", "-c role=other")
    monkeypatch.setenv("PLANRUN_URL", "postgresql://u:canary@h/d")
    settings = LOCAL | {"password": "p", "sslmode": "verify-full", "keepalives": "1", "options": "-c x=y"}
    made = libpq.environment(settings)
    assert {key: text for key, text in made.items() if key.startswith("PG")} == {
        "PGHOST": "/run/somewhere",
        "PGDATABASE": "d",
        "PGUSER": "u",
        "PGPASSWORD": "p",
        "PGSSLMODE": "verify-full",
    }
    assert "canary" not in str(made)
    assert made["LC_ALL"] == "C"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "lack host, dbname, user"),
        ({"host": "h", "user": "u"}, "lack dbname"),
        (LOCAL | {"service": "prod"}, "name a service"),
        (LOCAL | {"sslpassword": "canary"}, "sslpassword"),
        (LOCAL | {"mood": "x"}, "mood"),
    ],
)
def test_settings_that_could_lead_elsewhere_are_refused(settings, told):
    with pytest.raises(UsageFault, match=told) as caught:
        libpq.environment(settings)
    assert "canary" not in str(caught.value)


def test_the_settings_of_a_connection_lead_to_the_same_database(database, tmp_path, monkeypatch):
    service = tmp_path / "service.conf"
    target = "".join(f"{key}={text}\n" for key, text in database.params.items() if key != "password")
    service.write_text(f"[here]\n{target}password=canary-9f3\n")
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    with psycopg.connect("service=here options='-c statement_timeout=1s'") as connection:
        settings = libpq.settings_of(connection)
    assert settings["password"] == "canary-9f3"
    assert "service" not in settings
    assert "options" not in settings
    libpq.environment(settings)
    with psycopg.connect(**settings) as connection:
        assert connection.info.dbname == database.params["dbname"]
