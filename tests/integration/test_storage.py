"""Stores against a real S3 server, and against what networks and services do to requests.

Nothing is half visible, what may pass is tried again, and what may not ends with a sentence and without a secret.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from planrun.app import stores
from planrun.app.sets import Because, NotASet, StoredSet, sets
from planrun.core.address import address
from planrun.core.manifest import Artifact, ArtifactKind, Origin, StoredFile
from planrun.edges.backups.folder import BackupSet, relative
from planrun.edges.backups.verify import verify
from planrun.edges.storage import bucket as buckets
from planrun.edges.storage.folder import FolderStore
from planrun.edges.storage.opening import Patience, open_bucket
from planrun.errors import EnvironmentFault, PlanrunError, Refused
from s3_server import CREDENTIALS, SECRET, Answer, Changed, Cut, Slow, certificates, error, proxy_to

STARTED = datetime(2026, 1, 31, 12, tzinfo=UTC)
ORIGIN = Origin(database="propo", server_version="16.14", tool_version="0.1")
QUICK = Patience(retries=2, pause=timedelta(milliseconds=1), timeout=timedelta(seconds=20))
PART = 1 << 20
LARGE = bytes(range(256)) * (9 << 10)  # two parts and a quarter

_numbers = itertools.count(1)


@pytest.fixture
def store(bucket, proxy, credentials, monkeypatch):
    monkeypatch.setattr(buckets, "PART", PART)
    return open_bucket(address(f"s3://{bucket.name}/some/prefix"), endpoint_url=proxy.url, patience=QUICK)


def filled(root, contents, run=12):
    """Make a set of copied files."""
    with BackupSet.create(root, STARTED, "consolidation", run, origin=ORIGIN) as made:
        for content in contents:
            with made.new_file(ArtifactKind.FILES, "configs") as file:
                file.write(content)
            made.add(artifact(file))
    return made.path


def artifact(file):
    return Artifact(
        step="configs",
        kind=ArtifactKind.FILES,
        format="raw",
        files=(StoredFile(relative(ArtifactKind.FILES, file.name), file.bytes, file.sha256),),
        finished=STARTED,
        server_version="16.14",
        source="*.env",
        original="app.env",
    )


@pytest.fixture
def small(tmp_path):
    return filled(tmp_path / "backups", [b"setting = 1\n", b"", b"other = 2\n"])


@pytest.fixture
def large(tmp_path):
    return filled(tmp_path / "backups", [b"setting = 1\n", LARGE])


def visible(store):
    return [found for found in sets(store) if isinstance(found, StoredSet)]


def whole(store, folder, tmp_path):
    """Fetch the copy of a set and compare it with the set."""
    target = tmp_path / f"fetched_{next(_numbers)}"
    fetched = stores.fetch(store, folder.name, target)
    here, there = (
        {path.relative_to(top): path.read_bytes() for path in top.rglob("*") if path.is_file()}
        for top in (folder, fetched)
    )
    return here == there and not verify(fetched)


# --- the way there and back --------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["small", "large"])
@pytest.mark.parametrize("place", ["bucket", "folder"])
def test_a_set_goes_there_and_comes_back(kind, place, request, tmp_path):
    folder = request.getfixturevalue(kind)
    store = request.getfixturevalue("store") if place == "bucket" else FolderStore(tmp_path / "copies")
    arrived, came = [], []
    files = json.loads((folder / "manifest.json").read_text())["artifacts"]
    assert stores.upload(folder, store, arrived.append) == len(files)
    (found,) = sets(store)
    assert isinstance(found, StoredSet)
    assert (found.name, found.missing, found.manifest.run) == (folder.name, (), 12)
    assert whole(store, folder, tmp_path)
    stores.fetch(store, folder.name, tmp_path / "again", came.append)
    size = sum(file["bytes"] for entry in files for file in entry["files"])
    assert sum(arrived) == sum(came) == size
    assert stores.upload(folder, store) == 0


def test_a_large_file_goes_in_parts_side_by_side(store, proxy, bucket, large):
    came, both = [], threading.Event()

    def rule(request):
        if "partNumber=1&" in request.path or "partNumber=2&" in request.path:
            came.append(request)
            if len(came) == 2:
                both.set()
            return Slow(both)  # neither is answered before the other came
        return None

    proxy.reset(rule)
    stores.upload(large, store)
    assert both.is_set()
    assert sum("partNumber=" in request.path for request in proxy.seen) == 3
    assert bucket.open_uploads() == 0


def test_the_manifest_is_the_last_to_go_and_the_prefix_is_kept(store, proxy, bucket, small):
    stores.upload(small, store)
    written = [request.path for request in proxy.seen if request.method in {"PUT", "POST"}]
    assert written[-1] == f"/{bucket.name}/some/prefix/{small.name}/manifest.json"
    assert all(name.startswith(f"some/prefix/{small.name}/") for name in bucket.names())


def test_what_is_there_already_is_not_sent_again(store, proxy, small):
    stores.upload(small, store)
    store.delete([f"{small.name}/configs/configs_2", f"{small.name}/manifest.json"])
    assert visible(store) == []
    proxy.reset()
    assert stores.upload(small, store) == 3
    sent = [request.path.rsplit("/")[-1] for request in proxy.seen if request.method == "PUT"]
    assert sorted(sent) == ["configs_2", "manifest.json"]


def test_a_copy_that_lost_a_file_is_shown_and_repaired(store, small, tmp_path):
    stores.upload(small, store)
    store.delete([f"{small.name}/configs/configs"])
    (found,) = visible(store)
    assert found.missing == ("configs/configs",)
    with pytest.raises(EnvironmentFault, match="cannot be there as the manifest says"):
        stores.fetch(store, small.name, tmp_path / "fetched")
    assert stores.upload(small, store) == 1
    assert whole(store, small, tmp_path)


def test_a_set_that_grew_since_is_copied_on(store, tmp_path):
    with BackupSet.create(tmp_path / "backups", STARTED, "consolidation", 1, origin=ORIGIN) as made:
        for count in (1, 2):
            with made.new_file(ArtifactKind.FILES, "configs") as file:
                file.write(b"%d" % count)
            made.add(artifact(file))
            assert stores.upload(made.path, store) == 1
            assert len(visible(store)[0].manifest.artifacts) == count
    assert whole(store, made.path, tmp_path)


def test_another_set_of_that_name_is_never_overwritten(store, bucket, tmp_path, small):
    stores.upload(small, store)
    other = filled(tmp_path / "elsewhere", [b"other\n"])
    assert other.name == small.name
    before = bucket.ask("GET", f"/some/prefix/{small.name}/manifest.json")
    with pytest.raises(Refused, match="holds another set that is called"):
        stores.upload(other, store)
    assert bucket.ask("GET", f"/some/prefix/{small.name}/manifest.json") == before
    assert whole(store, small, tmp_path)


def test_documents_are_replaced_and_objects_removed(store):
    for content in (b"1", b"22", b""):
        store.write("a/hold_x.json", content)
        assert b"".join(store.read("a/hold_x.json")) == content
    store.delete(["a/hold_x.json", "a/never_was"])
    store.delete(["a/hold_x.json"])
    assert list(store.list()) == []
    with pytest.raises(EnvironmentFault, match="is not there"):
        list(store.read("a/hold_x.json"))


# --- what goes wrong on the way ----------------------------------------------------------------

PASSING = [
    error(500, "InternalError"),
    error(503, "SlowDown"),
    Cut(),
    Cut(7),
    Answer(200, b"<Error><Code>InternalError</Code></Error>"),
]


def requests_of_an_upload(proxy, folder, store):
    proxy.reset()
    stores.upload(folder, store)
    number = len(proxy.seen)
    store.delete([found.name for found in store.list()])
    return number


def test_what_may_pass_is_tried_again_whichever_request_it_hits(store, proxy, bucket, large):
    last = requests_of_an_upload(proxy, large, store)
    assert last >= 10
    for number in range(1, last + 1):
        for fault in (PASSING[number % len(PASSING)], Cut(7)):
            proxy.reset(lambda request, number=number, fault=fault: fault if request.number == number else None)
            stores.upload(large, store)
            assert len(proxy.seen) >= last
            proxy.reset()
            assert [found.missing for found in visible(store)] == [()]
            store.delete([found.name for found in store.list()])
    assert bucket.open_uploads() <= 2  # begun, and the answer that said so was lost


@pytest.mark.parametrize(
    "fault", [error(500, "InternalError"), Cut(), error(403, "ExpiredToken")], ids=["500", "cut", "403"]
)
def test_an_upload_that_ends_after_any_request_shows_nothing_and_can_be_gone_on_with(store, proxy, small, fault):
    last = requests_of_an_upload(proxy, small, store)
    for number in range(last):
        proxy.reset(lambda request, number=number: fault if request.number > number else None)
        with pytest.raises(EnvironmentFault) as failed:
            stores.upload(small, store)
        assert SECRET not in str(failed.value)
        proxy.reset()
        found = visible(store)
        assert not found or number == last - 1  # when the manifest is there, and only its reading back failed
        assert all(not item.missing for item in found)
        stores.upload(small, store)
        assert [item.missing for item in visible(store)] == [()]
        store.delete([item.name for item in store.list()])


def test_a_large_upload_that_ends_after_any_request(store, proxy, large, tmp_path):
    last = requests_of_an_upload(proxy, large, store)
    for after in range(last - 1):
        proxy.reset(lambda request, after=after: error(403, "ExpiredToken") if request.number > after else None)
        with pytest.raises(EnvironmentFault, match="the credentials have expired"):
            stores.upload(large, store)
        proxy.reset()
        assert visible(store) == []
        store.delete([found.name for found in store.list()])
    stores.upload(large, store)
    assert whole(store, large, tmp_path)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (error(403, "ExpiredToken"), "the credentials have expired"),
        (error(403, "AccessDenied"), r"the credentials do not allow it \(403 AccessDenied\)"),
        (error(403, "SignatureDoesNotMatch"), "the secret key does not fit"),
        (error(404, "NoSuchBucket"), "there is no such bucket"),
        (error(301, "PermanentRedirect"), "the bucket is in another region"),
        (error(503, "SlowDown"), "the service asks to slow down"),
        (error(500, "InternalError"), r"the service reports an error \(500 InternalError\)"),
        (error(418, SECRET), r"the service reports an error \(418\)"),
        (Cut(), "the connection broke off"),
        (Cut(3), "the connection broke off"),
        (Answer(200, b"junk"), "the service's answer makes no sense|cut off"),
    ],
)
def test_a_lasting_fault_is_told_in_words_and_without_what_the_service_wrote(store, proxy, small, fault, message):
    proxy.reset(lambda _: fault)
    for work in (lambda: list(store.list()), lambda: stores.upload(small, store)):
        with pytest.raises(EnvironmentFault, match=message) as failed:
            work()
        assert store.address in failed.value.message
        assert SECRET not in str(failed.value)


def test_a_store_that_gives_back_another_content_is_told(store, proxy, small, tmp_path):
    proxy.reset(lambda request: Changed(lambda body: body.replace(b"1", b"2")) if "/configs/" in request.path else None)
    with pytest.raises(EnvironmentFault, match="gives back another content than was sent"):
        stores.upload(small, store)
    proxy.reset()
    assert visible(store) == []
    stores.upload(small, store)
    proxy.reset(
        lambda request: (
            Changed(lambda body: body.replace(b"setting", b"getting")) if "configs" in request.path else None
        )
    )
    with pytest.raises(EnvironmentFault, match="was changed or damaged"):
        stores.fetch(store, small.name, tmp_path / "fetched")
    assert not (tmp_path / "fetched" / small.name / "manifest.json").exists()


def test_an_answer_that_is_too_short_is_asked_for_again(store, proxy, large, tmp_path):
    stores.upload(large, store)
    seen = threading.Event()

    def shorten_once(request):
        if request.method == "GET" and "configs_2" in request.path and not seen.is_set():
            seen.set()
            return Changed(lambda body: body[:-5])
        return None

    proxy.reset(shorten_once)
    assert whole(store, large, tmp_path)
    assert seen.is_set()


def test_slow_answers_are_waited_for(store, proxy, small, tmp_path):
    hold = threading.Event()
    threading.Timer(0.2, hold.set).start()
    proxy.reset(lambda _: Slow(hold))
    stores.upload(small, store)
    assert whole(store, small, tmp_path)


def test_a_service_that_never_answers_is_given_up(bucket, proxy, credentials, small):
    patience = Patience(retries=1, pause=timedelta(milliseconds=1), timeout=timedelta(milliseconds=100))
    store = open_bucket(address(f"s3://{bucket.name}"), endpoint_url=proxy.url, patience=patience)
    hold = threading.Event()
    proxy.reset(lambda _: Slow(hold))
    try:
        with pytest.raises(EnvironmentFault, match="it did not answer in time"):
            stores.upload(small, store)
    finally:
        hold.set()


def test_a_file_that_was_damaged_since_is_never_completed(store, bucket, large):
    with (large / "configs" / "configs_2").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\0")
    with pytest.raises(EnvironmentFault, match="configs_2 was changed or damaged"):
        stores.upload(large, store)
    assert visible(store) == []
    assert not any(name.endswith("configs_2") for name in bucket.names())
    assert bucket.open_uploads() == 0


UPLOADING = """
import sys
from datetime import timedelta
from pathlib import Path
from planrun.app import stores
from planrun.core.address import address
from planrun.edges.storage import bucket
from planrun.edges.storage.opening import open_bucket
bucket.PART = 1 << 20
stores.upload(Path(sys.argv[1]), open_bucket(address(sys.argv[2]), endpoint_url=sys.argv[3]))
"""


@pytest.mark.parametrize("part", ["partNumber=2&", "manifest.json"])
def test_kill_9_in_the_middle_of_an_upload(store, proxy, bucket, large, tmp_path, part):
    reached, hold = threading.Event(), threading.Event()

    def stop_there(request):
        if part in request.path and request.method == "PUT":
            reached.set()
            return Slow(hold)
        return None

    proxy.reset(stop_there)
    command = [sys.executable, "-c", UPLOADING, str(large), store.address, proxy.url]
    with subprocess.Popen(command, env=os.environ | CREDENTIALS) as process:
        assert reached.wait(20)
        process.send_signal(signal.SIGKILL)
    before = visible(store)
    hold.set()
    assert before == []
    proxy.reset()
    stores.upload(large, store)
    assert whole(store, large, tmp_path)


# --- what else lies in a bucket ----------------------------------------------------------------


def test_ten_thousand_objects_are_listed_a_page_at_a_time(store, proxy, bucket, small):
    # One request each would take a minute: one object is copied by the server under many names.
    names = [f"{number:05}" for number in range(10_000)]
    listing = page_of(names)
    proxy.reset(lambda request: listing(request.path) if "list-type=2" in request.path else None)
    found = [item.name for item in store.list()]
    assert found == [f"other/{name}" for name in names]
    assert len(proxy.seen) == 10
    (other,) = sets(store)
    assert (other.name, other.because, len(other.objects)) == ("other", Because.FOREIGN, 10_000)


def page_of(names, size=1000):
    """Return the answers of a server that holds these objects, cut into pages as S3 cuts them."""

    def answer(path):
        token = path.partition("continuation-token=")[2].partition("&")[0]
        start = int(token or 0)
        keys = "".join(
            f"<Contents><Key>some/prefix/other/{name}</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified>"
            f'<ETag>"x"</ETag></Contents>'
            for name in names[start : start + size]
        )
        more = start + size < len(names)
        following = f"<NextContinuationToken>{start + size}</NextContinuationToken>" if more else ""
        return Answer(
            200,
            f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{following}{keys}</ListBucketResult>".encode(),
        )

    return answer


def test_a_listing_that_breaks_off_is_gone_on_with_and_nothing_is_told_twice(store, proxy):
    names = [f"{number:05}" for number in range(2500)]
    listing, broken = page_of(names), []

    def rule(request):
        if "list-type=2" not in request.path:
            return None
        if "start-after" in request.path:
            after = request.path.partition("start-after=")[2].partition("&")[0].rpartition("%2F")[2]
            return page_of(names[int(after) + 1 :], 5000)("")
        whole_answer = listing(request.path)
        if "continuation-token=1000" in request.path and not broken:
            broken.append(request)
            return Answer(200, whole_answer.body[:500])
        return whole_answer

    proxy.reset(rule)
    assert [item.name for item in store.list()] == [f"other/{name}" for name in names]
    assert broken


def test_sets_half_uploaded_sets_and_foreign_objects_are_told_apart(store, bucket, small):
    stores.upload(small, store)
    half = "20260131_130000_consolidation_run13"
    damaged = "20260131_140000_consolidation_run14"
    bucket.put(f"some/prefix/{half}/configs/configs")
    bucket.put(f"some/prefix/{damaged}/manifest.json", b"{")
    for name in ("some/prefix/", "some/prefix/readme.txt", "some/prefix/h%C3%A9/%25%20%22%3C", "some/prefixed/x", "x"):
        bucket.put(name)
    found = {item.name: item for item in sets(store)}
    assert list(found) == sorted([small.name, half, damaged, "hé", "readme.txt"])
    assert isinstance(found[small.name], StoredSet)
    because = {name: item.because for name, item in found.items() if isinstance(item, NotASet)}
    assert because == {
        half: Because.INCOMPLETE,
        damaged: Because.INCOMPLETE,
        "hé": Because.FOREIGN,
        "readme.txt": Because.FOREIGN,
    }
    assert found[half].message == "it has no manifest.json"


@pytest.mark.parametrize("name", ["a//b", "a/../b", "a/&#x7f;b", "./b"])
def test_a_foreign_name_that_hides_others_is_named_and_only_listings_suffer(
    store, proxy, bucket, small, tmp_path, name
):
    stores.upload(small, store)
    listing = page_of([])("").body.replace(
        b"</ListBucketResult>",
        f"<Contents><Key>some/prefix/{name}</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>"
        "</ListBucketResult>".encode(),
    )
    proxy.reset(lambda request: Answer(200, listing) if request.path.endswith("prefix=some%2Fprefix%2F") else None)
    with pytest.raises(EnvironmentFault, match="holds an object that hides others from a listing: 'some/prefix/"):
        sets(store)
    assert whole(store, small, tmp_path)


# --- credentials and the way there -------------------------------------------------------------


def test_a_profile_of_the_configuration_files_is_used(store, proxy, bucket, small, tmp_path, monkeypatch):
    stores.upload(small, store)
    for name in CREDENTIALS:
        monkeypatch.delenv(name)
    (tmp_path / "credentials").write_text(
        f"[work]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = {SECRET}\n"
    )
    (tmp_path / "config").write_text(f"[profile work]\nregion = eu-west-1\nendpoint_url = {proxy.url}\n")
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    assert len(visible(stores.open_store(f"s3://{bucket.name}/some/prefix"))) == 1
    monkeypatch.setenv("AWS_PROFILE", "other")
    with pytest.raises(EnvironmentFault, match="the AWS configuration cannot be used"):
        stores.open_store("s3://bucket")


def test_no_credentials_anywhere_is_said_at_once(credentials, monkeypatch, tmp_path):
    for name in CREDENTIALS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(EnvironmentFault, match="no credentials for the object store were found"):
        stores.open_store("s3://bucket")


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_an_endpoint_without_tls_is_refused_wherever_it_comes_from(credentials, monkeypatch, variable):
    monkeypatch.setenv(variable, "http://s3.example.org")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    with pytest.raises(PlanrunError, match="reached without TLS"):
        stores.open_store("s3://bucket")


@pytest.mark.parametrize("library", ["obstore", "botocore"])
def test_a_library_that_is_missing_is_told_with_the_command(credentials, monkeypatch, library):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(EnvironmentFault, match=library) as failed:
        stores.open_store("s3://bucket")
    assert failed.value.hint == "pip install 'planrun[cloud]'"


@pytest.mark.parametrize("text", ["gs://bucket/prefix", "az://container/prefix"])
def test_other_services_are_opened(credentials, monkeypatch, tmp_path, text):
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")
    assert stores.open_store(text).address == text


def test_a_certificate_that_nobody_vouches_for_is_refused_and_one_of_ours_is_taken(
    s3, bucket, credentials, monkeypatch, tmp_path, small
):
    authority, certificate = certificates(tmp_path)
    with proxy_to(s3, certificate) as proxy:
        for name in ("AWS_ALLOW_INVALID_CERTIFICATES", "ALLOW_INVALID_CERTIFICATES"):
            monkeypatch.setenv(name, "true")
        where = address(f"s3://{bucket.name}")
        with pytest.raises(EnvironmentFault, match="its TLS certificate cannot be trusted"):
            stores.upload(small, open_bucket(where, endpoint_url=proxy.url, patience=QUICK))
        assert bucket.names() == []
        monkeypatch.setenv("AWS_CA_BUNDLE", str(authority))
        stores.upload(small, open_bucket(where, endpoint_url=proxy.url, patience=QUICK))
        assert len(bucket.names()) == 4
