"""What integration tests share: a real S3 server with a bucket of the test's own, a server to restore on."""

from __future__ import annotations

import itertools
import os

import pytest

from s3_server import CREDENTIALS, Bucket, proxy_to, s3_server

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def s3():
    with s3_server() as port:
        yield port


@pytest.fixture(scope="session")
def proxies(s3):
    with proxy_to(s3) as proxy:
        yield proxy


@pytest.fixture
def proxy(proxies):
    proxies.reset()
    return proxies


@pytest.fixture
def bucket(s3):
    found = Bucket(s3, f"bucket-{next(_numbers)}")
    assert found.ask("PUT")[0] == 200
    return found


@pytest.fixture
def credentials(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def on(any_database):
    """The bench's own server, as a role that may make databases."""
    with any_database.superuser() as outside:
        outside.execute("DROP ROLE IF EXISTS verifier; CREATE ROLE verifier LOGIN CREATEDB")
    yield any_database.server.params(user="verifier")
    with any_database.superuser() as outside:
        outside.execute("DROP OWNED BY verifier; DROP ROLE verifier")
