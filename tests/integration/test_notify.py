"""`notify:` of a plan, and what `planrun alert` sends, over a real mail server: nothing is injected, nothing leaks."""

import http.server
import os
import threading
from contextlib import contextmanager

import pytest

from planrun.app import alerting
from planrun.core.notice import LONGEST_BODY, LONGEST_TEXT, Notice
from planrun.core.policy import OnConflict
from planrun.edges import notify
from planrun.errors import Conflict, EnvironmentFault, StepFailed
from projects import Watcher
from smtp_server import PASSWORD, USER, smtp_server

DEARER = "- {id: dearer, migrate: {sql: UPDATE items SET price = price + 1}}"
FAILS = "- {id: fails, migrate: {sql: SELECT 1/0}}"
ALL = ["failure", "conflict", "success"]
NOTICE = Notice("planrun: test", "a line\nanother")


@pytest.fixture
def box(monkeypatch):
    with smtp_server() as box:
        monkeypatch.setenv("TO", box.url)
        yield box


@pytest.fixture
def shop(project):
    project.database.connect().execute(
        "CREATE TABLE items (id int PRIMARY KEY, price int); INSERT INTO items VALUES (1, 10), (2, 20)"
    )
    project.write(DEARER, notify={"on": ALL, "urls_from": "TO"})
    return project


def alert(project):
    return alerting.alert(project.schedule.plan, project.database.params, 3_600_000)


def subjects(box):
    return [mail["Subject"] for mail in box.mails]


# --- the events ----------------------------------------------------------------------------------


def test_each_event_is_told_once(shop, box):
    shop.execute()
    assert subjects(box) == ["planrun: execute done: small"]
    text = box.mails[0].get_content()
    assert f"/{shop.database.name}" in text
    assert "run 1: 1 step" in text
    shop.execute()  # nothing to do is no news
    shop.database.connect().execute("UPDATE items SET price = 77 WHERE id = 1")
    with pytest.raises(Conflict):
        shop.rollback()
    shop.rollback(on_conflict=OnConflict.KEEP)
    assert subjects(box)[1:] == ["planrun: rollback met conflicts: small", "planrun: rollback done: small"]
    assert "77" not in box.mails[1].get_content()


def test_only_what_the_plan_names_is_told(shop, box):
    shop.write(FAILS, notify={"on": ["conflict"], "urls_from": "TO"})
    with pytest.raises(StepFailed):
        shop.execute()
    shop.write(FAILS, notify={"urls_from": "TO"})
    assert box.raw == []
    with pytest.raises(StepFailed):
        shop.execute()
    (mail,) = box.mails
    assert mail["Subject"] == "planrun: execute FAILED: small"
    assert "division by zero" in mail.get_content()


def test_what_a_person_at_the_terminal_refused_is_no_news(shop, box):
    with pytest.raises(Exception, match="not confirmed"):
        shop.execute(person=Watcher(answer=False), yes=False)
    assert box.raw == []


def test_what_happened_after_the_failure_is_in_the_message(shop, box):
    shop.write(f"{DEARER}\n{FAILS}", on_failure="rollback")
    with pytest.raises(StepFailed):
        shop.execute()
    (mail,) = box.mails
    assert "note: on_failure: rollback took run 1 back: dearer" in mail.get_content()


# --- a message that cannot be sent ---------------------------------------------------------------


def test_it_never_ends_a_run_and_never_hides_the_first_error(shop, monkeypatch):
    monkeypatch.setenv("TO", "mailto://127.0.0.1:1?from=a@example.org&to=b@example.org")
    person = Watcher()
    assert shop.execute(person=person).run == 1
    assert "warning: the notification could not be sent: address 1 of TO (E-Mail) did not take it" in person.text
    monkeypatch.delenv("TO")
    shop.write(f"{DEARER}\n{FAILS}")
    with pytest.raises(StepFailed, match="division by zero") as caught:
        shop.execute()
    (note,) = caught.value.__notes__
    assert note == "the notification could not be sent: TO, which the plan names for notifications, holds no address"


def test_alert_says_what_it_could_not_tell(shop, tmp_path):
    shop.write(DEARER, alert={"expect_every": "1d"})
    done = shop.run("alert", str(shop.plan), TO="nope://canary")
    assert done.returncode == 3
    assert "address 1 of TO is none that apprise knows" in done.stderr
    assert "overdue: no complete backup set within 1d" in done.stderr
    assert "canary" not in done.stderr + done.stdout


def test_alert_sends_what_it_found_each_time_unless_it_is_dry(shop, box):
    shop.write(DEARER, alert={"expect_every": "1d"})
    assert [alert(shop).sent for _ in range(2)] == [1, 1]
    assert subjects(box) == ["planrun: 1 alert: small"] * 2
    dry = shop.run("alert", str(shop.plan), "--dry-run", TO=box.url)
    assert dry.returncode == 1
    assert dry.stdout.startswith("planrun: 1 alert: small\n\ntarget: ")
    assert len(box.raw) == 2


# --- what others wrote ---------------------------------------------------------------------------


@pytest.mark.parametrize("gap", ["\n", "\r\n", "\u2028", "\x85", "\0"], ids=ascii)
def test_no_header_and_no_line_comes_of_an_error(shop, box, gap):
    text = f"x{gap}Bcc: evil@example.org{gap}{gap}target: another".replace("\0", "\x01")
    quoted = text.replace("'", "''")
    shop.database.connect().execute(
        f"CREATE FUNCTION bad() RETURNS void LANGUAGE plpgsql AS $f$BEGIN RAISE EXCEPTION '{quoted}'; END$f$"
    )
    shop.write("- {id: fails, migrate: {sql: SELECT bad()}}")
    with pytest.raises(StepFailed):
        shop.execute()
    (raw,) = box.raw
    head, _, _ = raw.partition(b"\r\n\r\n")
    assert b"Bcc" not in head
    (mail,) = box.mails
    assert sorted(mail.keys()) == sorted(
        ["Content-Type", "MIME-Version", "Content-Transfer-Encoding", "X-Application", "Subject", "From", "To",
         "Message-ID", "Date"]
    )  # fmt: skip
    assert mail.get_content_type() == "text/plain"
    lines = mail.get_content().splitlines()
    assert sum(line.startswith("target:") for line in lines) == 1
    assert not any(line.startswith("Bcc") for line in lines)


def test_names_of_the_database_stay_in_their_line(shop, box):
    table = "a\r\nBcc: evil@example.org\u2028x"
    with shop.database.superuser() as connection:
        connection.execute(f'CREATE TABLE "{table}" (id int)')
    shop.write("- {id: dump, backup: {database: {}}}\n- {id: go, needs: [dump], migrate: {sql: SELECT 1}}")
    with pytest.raises(StepFailed):
        shop.execute()
    alert(shop)
    for raw, mail in zip(box.raw, box.mails, strict=True):
        assert b"Bcc" not in raw.partition(b"\r\n\r\n")[0]
        assert "evil@example.org" in mail.get_content()
        assert not any(line.startswith("Bcc") for line in mail.get_content().splitlines())


def test_an_error_of_ten_megabytes_is_cut(shop, box):
    shop.database.connect().execute(
        "CREATE FUNCTION bad() RETURNS void LANGUAGE plpgsql AS"
        " $f$BEGIN RAISE EXCEPTION '%', pg_catalog.repeat('x', 10000000); END$f$"
    )
    shop.write("- {id: fails, migrate: {sql: SELECT bad()}}")
    with pytest.raises(StepFailed):
        shop.execute()
    assert len(box.mails[0].get_content()) <= LONGEST_BODY + 1
    assert all(len(problem.error) <= LONGEST_TEXT for problem in alert(shop).problems)
    assert len(box.mails[1].get_content()) <= LONGEST_BODY + 1


# --- secrets -------------------------------------------------------------------------------------


def test_no_secret_is_told_to_anybody(shop, box):
    """The password of the database stands in the error itself, those of the addresses in the environment."""
    shop.write("- {id: fails, migrate: {sql: \"SELECT 'canary-pg'::int\"}}", alert={"expect_every": "1d"})
    urls = f"{box.url} json://127.0.0.1:1/canary-path nope://canaryToken"
    done = [
        shop.run(*words, str(shop.plan), *more, TO=urls, PGPASSWORD="canary-pg")
        for words, more in ((["execute"], ["--yes"]), (["alert"], ["--json"]))
    ]
    assert [one.returncode for one in done] == [1, 3]
    assert all("of TO" in one.stderr for one in done)
    assert len(box.raw) == 2
    mails = "".join(mail.get_content() + mail["Subject"] for mail in box.mails)
    assert "invalid input syntax" in mails
    assert "canary" not in mails
    addresses = "".join(one.stdout + one.stderr for one in done)
    for secret in ("canary-path", "canaryToken", box.url):
        assert secret not in addresses
        with shop.database.superuser() as connection:
            rows = connection.execute("SELECT r::text FROM planrun.run r UNION ALL SELECT s::text FROM planrun.step s")
            assert not any(secret in text for (text,) in rows)


# --- the addresses -------------------------------------------------------------------------------


def test_mail_over_starttls_with_a_login(tmp_path, monkeypatch):
    with smtp_server(tmp_path) as box:
        monkeypatch.setenv("TO", box.safe_url)
        monkeypatch.setenv("SSL_CERT_FILE", os.devnull)
        with pytest.raises(EnvironmentFault, match="did not take it"):
            notify.send(NOTICE, "TO")
        assert (box.raw, box.logins) == ([], [])  # the login is not shown to a server that nobody vouches for
        monkeypatch.setenv("SSL_CERT_FILE", str(box.authority))
        assert notify.send(NOTICE, "TO") == 1
        assert (box.logins, box.encrypted) == ([True], [True])
        assert box.mails[0].get_content().splitlines() == ["a line", "another"]
        monkeypatch.setenv("TO", box.safe_url.replace(PASSWORD, "canary-wrong"))
        with pytest.raises(EnvironmentFault) as caught:
            notify.send(NOTICE, "TO")
        assert "canary" not in str(caught.value)
        monkeypatch.setenv("TO", box.url.replace("mailto://", f"mailto://{USER}:{PASSWORD}@"))
        with pytest.raises(EnvironmentFault):  # the server wants TLS
            notify.send(NOTICE, "TO")
        assert len(box.raw) == 1


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("mailto://u:canary@smtp.example.org?to=a@example.org", "is not encrypted"),
        ("mailtos://u:canary@smtp.example.org?mode=insecure", "is not encrypted"),
        ("json://example.org/canary", "is not encrypted"),
        ("jsons://example.org/canary?verify=no", "does not verify the certificate"),
        ("jsons://example.org/canary?redirect=yes", "follows redirects"),
        ("canary://example.org", "is none that apprise knows"),
        ("canary", "is none that apprise knows"),
        ("", "holds no address"),
    ],
)
def test_an_address_that_is_not_safe_is_not_used(monkeypatch, capfd, url, wrong):
    monkeypatch.setenv("TO", url)
    with pytest.raises(EnvironmentFault, match=wrong) as caught:
        notify.send(NOTICE, "TO")
    assert "canary" not in f"{caught.value}{capfd.readouterr()}"


class _Redirects(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(self.path)
        self.send_response(307)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def web_server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Redirects)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_webhook_that_redirects_is_not_followed(monkeypatch):
    with web_server() as server:
        monkeypatch.setenv("TO", f"json://127.0.0.1:{server.server_port}/hook")
        with pytest.raises(EnvironmentFault, match="did not take it"):
            notify.send(NOTICE, "TO")
        assert [path.rstrip("/") for path in server.asked] == ["/hook"]


def test_one_bad_address_keeps_no_other_from_its_message(box, monkeypatch):
    monkeypatch.setenv("TO", f"nope://x,\n{box.url}")
    with pytest.raises(EnvironmentFault, match="address 1 of TO is none"):
        notify.send(NOTICE, "TO")
    assert subjects(box) == ["planrun: test"]
