"""The fixtures that tests share.

server          the running server of each major in turn (ids pg18, pg16, ...)
database        a fresh database on it, owned by a role that is not superuser
any_database    the same on the newest major only: for tests that do not depend on the version
server_log      `server_log(database)`: what the server receives from then on

`@pytest.mark.majors(16)` narrows `server` and `database` to some majors; `--majors 16` narrows the whole session.
"""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

import fetch_pg
from bench import Bench, Database, Majors, clean_environment
from planrun.errors import EnvironmentFault
from projects import Project
from server_log import ServerLog

_MAJORS = pytest.StashKey[Majors]()
_HEADER = pytest.StashKey[str]()


def pytest_addoption(parser):
    parser.addoption("--majors", default="", help="test on these PostgreSQL majors only, such as 16 or 16,18")


def pytest_configure(config):
    # How long an example may take depends on what else the machine does.
    settings.register_profile("unhurried", deadline=None)
    settings.load_profile("unhurried")
    config.addinivalue_line("markers", "majors(*numbers): run with these PostgreSQL major versions only")
    clean_environment()
    # A job in the background of a script ignores SIGINT, and the programs that are interrupted here would as well.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    majors = Majors.of(config.getoption("--majors"), os.environ)
    try:
        config.stash[_HEADER] = majors.header()
    except EnvironmentFault as fault:
        raise pytest.UsageError(str(fault)) from fault
    config.stash[_MAJORS] = majors
    # A dump wants the programs of its server's major version; those that were fetched stand nowhere else.
    fetched = (str(installation.bindir) for installation in fetch_pg.fetched())
    os.environ["PATH"] = os.pathsep.join((os.environ["PATH"], *fetched))


def pytest_report_header(config):
    return config.stash[_HEADER]


def pytest_generate_tests(metafunc):
    if "server" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("majors")
    majors = [major for major in metafunc.config.stash[_MAJORS].wanted if marker is None or major in marker.args]
    metafunc.parametrize("server", majors, ids=[f"pg{major}" for major in majors], indirect=True, scope="session")


@pytest.fixture(scope="session")
def bench(pytestconfig):
    bench = Bench(pytestconfig.stash[_MAJORS])
    yield bench
    bench.stop()


@pytest.fixture(scope="session")
def server(request, bench):
    return bench.server(request.param)


@pytest.fixture
def database(server, bench):
    database = bench.create_database(server)
    yield database
    bench.drop_database(database)


@pytest.fixture
def any_database(bench):
    database = bench.create_database(bench.newest())
    yield database
    bench.drop_database(database)


@pytest.fixture
def server_log():
    def listen(database: Database) -> ServerLog:
        return ServerLog(database)

    return listen


@pytest.fixture
def project(any_database, tmp_path):
    """A project on a fresh database of the newest major; `write` gives it a plan."""
    return Project(tmp_path, any_database)
