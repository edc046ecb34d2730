"""What the application commits while a way back waits for its locks, or after a script was printed, is seen."""

from __future__ import annotations

import json
from threading import Thread

import pytest

from fingerprint import difference, fingerprint
from planrun.core.selection import After
from planrun.errors import Conflict, Outdated, PlanrunError, Refused
from projects import Watcher, wait_for_a_waiter

SETUP = """
CREATE TABLE p (id int PRIMARY KEY, code int UNIQUE, v text);
INSERT INTO p SELECT n, n, 'before' FROM generate_series(1, 9) n;
"""
INSERTED = '- {id: inserted, migrate: {sql: "INSERT INTO p VALUES (20, 20)"}}\n'
RECODED = "- {id: recoded, migrate: {sql: UPDATE p SET code = 30 WHERE id = 3}}\n"
RETYPED = "- {id: retyped, migrate: {sql: ALTER TABLE p ALTER COLUMN v TYPE varchar(9)}}\n"
BATCHED = (
    "- {id: pages, migrate: {sql: UPDATE p SET code = code + 100 WHERE id BETWEEN $1 AND $2,"
    " batch: {table: p, key: id, size: 4}}}\n"
)
CHILD = "CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE);"
BY_CODE = "CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES p (code) ON DELETE CASCADE ON UPDATE SET NULL);"
SWAP = "LOCK TABLE p; ALTER TABLE p RENAME TO p_old; CREATE TABLE p (LIKE p_old INCLUDING ALL);"


@pytest.fixture
def parents(project):
    project.database.connect().execute(SETUP)
    return project


def rows(project, query):
    with project.database.connect() as connection:
        return connection.execute(query).fetchall()


def while_it_waits(project, work, statements):
    """Do something while the application has a transaction open, which commits once that waits for its locks."""
    ended = []

    def go():
        try:
            ended.append(work())
        except PlanrunError as error:
            ended.append(error)

    with project.database.connect(autocommit=False) as application:
        application.execute(statements)
        thread = Thread(target=go)
        thread.start()
        wait_for_a_waiter(project.database)
        application.commit()
        thread.join(60)
    return ended[0]


@pytest.mark.parametrize(
    ("steps", "child"),
    [(INSERTED, f"{CHILD} INSERT INTO child VALUES (1, 20)"), (RECODED, f"{BY_CODE} INSERT INTO child VALUES (1, 30)")],
    ids=["deleted", "updated"],
)
def test_a_foreign_key_that_is_made_while_the_way_back_waits_is_known(parents, steps, child):
    parents.write(steps)
    parents.execute()
    watcher = Watcher()
    ended = while_it_waits(parents, lambda: parents.rollback(person=watcher), child)
    assert isinstance(ended, Conflict)
    assert [(item.kind, item.now) for item in ended.conflicts] == [("referenced", "public.child id = 1")]
    assert "made anew: a foreign key of public.child" in watcher.text
    assert rows(parents, "SELECT id, p IS NULL FROM child") == [(1, False)]


def test_a_foreign_key_by_which_nothing_refers_to_ours_lets_it_go(parents):
    parents.write(INSERTED)
    parents.execute()
    ended = while_it_waits(parents, parents.rollback, f"{CHILD} INSERT INTO child VALUES (1, 1)")
    assert ended.steps == ("inserted",)
    assert rows(parents, "SELECT count(*) FROM p UNION ALL SELECT count(*) FROM child") == [(9,), (1,)]


def test_a_script_does_not_go_past_a_foreign_key_that_it_does_not_know(parents):
    parents.write(INSERTED)
    parents.execute()
    script = parents.script()
    parents.database.connect().execute(f"{CHILD} INSERT INTO child VALUES (1, 20)")
    psql = parents.psql(script)
    assert psql.returncode == 3
    assert "a foreign key of public.child" in psql.stderr
    assert "make a new one" in psql.stderr
    assert rows(parents, "SELECT * FROM child") == [(1, 20)]


def test_a_second_foreign_key_on_the_same_column_is_seen(parents):
    parents.database.connect().execute(CHILD)
    parents.write(RECODED)
    parents.execute()
    script = parents.script()
    parents.database.connect().execute("ALTER TABLE child ADD FOREIGN KEY (p) REFERENCES p (code) ON UPDATE SET NULL")
    assert "make a new one" in parents.psql(script).stderr


def test_a_foreign_key_that_acts_since_is_another_one(parents):
    """Rows without a key go for those of before to come: CASCADE would take what refers to them."""
    parents.database.connect().execute("""
        CREATE TABLE keyless (code int UNIQUE, v int); INSERT INTO keyless VALUES (1, 1), (NULL, 2);
        CREATE TABLE child (code int CONSTRAINT held REFERENCES keyless (code)); INSERT INTO child VALUES (1)
    """)
    parents.write("- {id: go, migrate: {sql: UPDATE keyless SET v = v + 1}}\n")
    parents.execute()
    script = parents.script()
    parents.database.connect().execute("""
        ALTER TABLE child DROP CONSTRAINT held;
        ALTER TABLE child ADD CONSTRAINT held FOREIGN KEY (code) REFERENCES keyless (code) ON DELETE CASCADE
    """)
    assert "make a new one" in parents.psql(script).stderr
    with pytest.raises(Conflict):
        parents.rollback()
    assert rows(parents, "SELECT code FROM child") == [(1,)]
    parents.database.connect().execute("""
        ALTER TABLE child DROP CONSTRAINT held;
        ALTER TABLE child ADD CONSTRAINT held FOREIGN KEY (code) REFERENCES keyless (code)
    """)
    assert parents.psql(script).returncode == 0
    assert rows(parents, "SELECT v FROM keyless ORDER BY v") == [(1,), (2,)]


def test_the_pages_of_a_batched_step_know_it_too(parents):
    parents.write(INSERTED + BATCHED.replace("{id: pages,", "{id: pages, needs: [inserted],"))
    parents.execute()
    script = parents.script()
    parents.database.connect().execute(BY_CODE)
    assert "make a new one" in parents.psql(script).stderr
    parents.database.connect().execute("INSERT INTO child VALUES (1, 101)")
    with pytest.raises(Conflict):
        parents.rollback()
    parents.database.connect().execute("DROP TABLE child")
    parents.rollback()
    assert rows(parents, "SELECT sum(id), sum(code) FROM p") == [(45, 45)]


def test_pages_that_wait_are_made_anew(parents):
    start = fingerprint(parents.database)
    parents.write(BATCHED)
    parents.execute()
    ended = while_it_waits(parents, parents.rollback, BY_CODE)
    assert ended.steps == ("pages",)
    parents.database.connect().execute("DROP TABLE child")
    assert difference(start, fingerprint(parents.database)) == ""


def test_a_table_that_is_put_in_place_while_a_script_waits_is_none_of_ours(parents):
    parents.write(RECODED)
    parents.execute()
    script = parents.script()
    psql = while_it_waits(parents, lambda: parents.psql(script), f"{SWAP} INSERT INTO p SELECT * FROM p_old")
    assert psql.returncode == 3
    assert "is not the table that the run changed" in psql.stderr
    assert rows(parents, "SELECT code FROM p WHERE id = 3") == [(30,)]


@pytest.mark.parametrize(
    ("steps", "write", "cure"),
    [
        (RECODED, "ALTER TABLE p RENAME TO q", "take back what was done to the table since"),
        (RETYPED, "CREATE TABLE q () INHERITS (p)", 'take them away from "public"."p"'),
    ],
    ids=["renamed", "inherited"],
)
def test_what_is_refused_says_what_to_do(parents, steps, write, cure):
    parents.write(steps)
    parents.execute()
    parents.database.connect().execute(write)
    with pytest.raises(Refused) as refused:
        parents.rollback()
    assert cure in refused.value.hint
    psql = parents.psql(parents.script())
    assert psql.returncode == 3
    assert cure in psql.stderr


def test_a_table_that_is_put_in_place_of_a_created_one_is_not_dropped(parents):
    parents.write("- {id: made, migrate: {sql: CREATE TABLE q (id int PRIMARY KEY)}}\n")
    parents.execute()
    script = parents.script()
    swap = "LOCK TABLE q; ALTER TABLE q RENAME TO q_old; CREATE TABLE q (w text)"
    psql = while_it_waits(parents, lambda: parents.psql(script), swap)
    assert psql.returncode == 3
    assert rows(parents, "SELECT to_regclass('q')::text, to_regclass('q_old')::text") == [("q", "q_old")]


def test_a_column_that_is_put_in_place_while_it_waits_is_none_of_ours(parents):
    parents.write(RECODED)
    parents.execute()
    swap = "ALTER TABLE p RENAME code TO code_old; ALTER TABLE p ADD code int UNIQUE; UPDATE p SET code = code_old"
    ended = while_it_waits(parents, parents.rollback, swap)
    assert isinstance(ended, Refused)
    assert not isinstance(ended, Outdated)
    assert 'column code of "public"."p" is called code_old now' in str(ended)
    assert rows(parents, "SELECT code, code_old FROM p WHERE id = 3") == [(30, 30)]


# --- what the way back itself makes again ---------------------------------------------------------

TWICE = """
- {id: first, migrate: {sql: "UPDATE p SET code = code + 10, v = 'first'"}}
- {id: renamed, needs: [first], migrate: {sql: "ALTER TABLE p RENAME v TO w;
    CREATE TABLE c (p int REFERENCES p (code) ON UPDATE SET NULL)"}}
- {id: dropped, needs: [renamed], migrate: {sql: "ALTER TABLE p DROP COLUMN w; ALTER TABLE p DROP COLUMN code CASCADE"}}
- {id: gone, needs: [dropped], migrate: {sql: DROP TABLE p CASCADE}}
"""


@pytest.mark.parametrize("parts", [(), ("dropped",), ("renamed",), ("first",), ("dropped", "renamed", "first")])
def test_what_was_made_again_is_known_in_one_way_back_and_in_several(parents, parts):
    start = fingerprint(parents.database)
    parents.write(TWICE)
    parents.execute()
    for part in parts:
        parents.rollback(selection=After(part))
    parents.rollback()
    assert rows(parents, "SELECT id, code, v FROM p ORDER BY id LIMIT 1") == [(1, 1, "before")]
    assert difference(start, fingerprint(parents.database), sequences=False).count("\n") < 12


def test_foreign_keys_that_come_back_in_transactions_of_their_own_are_known(parents):
    parents.database.connect().execute(BY_CODE)
    start = fingerprint(parents.database)
    parents.write(
        BATCHED + "- {id: moved, needs: [pages], migrate: {sql: '"
        "ALTER TABLE child RENAME TO kid; ALTER TABLE kid RENAME p TO q'}}\n"
        + "- {id: dropped, needs: [moved], migrate: {sql: DROP TABLE kid}}\n"
        + "- {id: again, needs: [dropped], migrate: {sql: UPDATE p SET v = 'again' WHERE id BETWEEN $1 AND $2,"
        " batch: {table: p, key: id, size: 5}}}\n"
    )
    parents.execute()
    parents.rollback()
    assert difference(start, fingerprint(parents.database)) == ""


BY_HAND = """
- {id: recoded, migrate: {sql: UPDATE p SET code = 30 WHERE id = 3}}
- {id: dropped, needs: [recoded], migrate: {sql: ALTER TABLE p DROP COLUMN code}}
- {id: back, rollback: {of: dropped, sql: "ALTER TABLE p ADD COLUMN code int; UPDATE p SET code = CASE id WHEN 3 THEN 30
    ELSE id END; CREATE TABLE child (p int REFERENCES p ON DELETE CASCADE)"}}
"""


@pytest.mark.parametrize("apart", [False, True])
def test_what_a_script_by_hand_makes_again_is_told_by_its_name(parents, apart):
    parents.write(BY_HAND)
    parents.execute()
    if apart:
        parents.rollback(selection=After("recoded"))
    parents.rollback()
    assert rows(parents, "SELECT sum(code) FROM p") == [(45,)]


def test_a_record_of_before_goes_back(parents):
    start = fingerprint(parents.database)
    parents.write(
        "- {id: all, migrate: {sql: \"UPDATE p SET v = 'x'; INSERT INTO p VALUES (10, 10); ALTER TABLE p ADD w int\"}}"
    )
    parents.execute()
    with parents.database.superuser() as connection:
        for number, undo in connection.execute("SELECT id, undo FROM planrun.step").fetchall():
            undo.pop("named")
            for table in undo["captured"]:
                table.pop("only_updated")
            connection.execute("UPDATE planrun.step SET undo = %s WHERE id = %s", [json.dumps(undo), number])
    parents.rollback()
    assert difference(start, fingerprint(parents.database)) == ""
