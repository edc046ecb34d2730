"""What a rollback reads of its plan: no forward step's script, and of the rollback steps those that it needs."""

from __future__ import annotations

import json

import pytest

from fingerprint import difference, fingerprint
from planrun.core.selection import After, Only
from planrun.errors import CheckFailed, NotReversible, PlanInvalid
from projects import Watcher

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, price numeric);
INSERT INTO items SELECT n, n FROM generate_series(1, 20) n;
"""
SCRIPTS = {
    "export.sql": "SELECT * FROM items",
    "dearer.sql": "UPDATE items SET price = price + 1",
    "enough.sql": "SELECT * FROM items",
    "cheap.sql": "CREATE VIEW cheap AS SELECT id FROM items WHERE price < 10",
    "no_cheap.sql": "DROP VIEW cheap",
    "note.sql": "ALTER TABLE items ADD COLUMN note text",
    "no_note.sql": "ALTER TABLE items DROP COLUMN note",
}
FORWARD = [name for name in SCRIPTS if not name.startswith("no_")]
FIRST = """
- {id: copy, backup: {table: items, into: items_before}}
- {id: export, backup: {csv: {template: export.sql}}}
- {id: dearer, needs: [copy], migrate: {template: dearer.sql}}
- {id: enough, needs: [dearer], check: {template: enough.sql, expect: {rows: 20}}}
"""
LATER = """
- {id: cheap, needs: [dearer], migrate: {template: cheap.sql}}
- {id: no_cheap, rollback: {of: cheap, template: no_cheap.sql}}
- {id: note, needs: [cheap], migrate: {template: note.sql}}
- {id: no_note, rollback: {of: note, template: no_note.sql}}
"""
HARM = {
    "deleted": lambda path: path.unlink(),
    "no Jinja": lambda path: path.write_text("{% if", encoding="utf-8"),
    "no SQL": lambda path: path.write_text("UPDAET items", encoding="utf-8"),
    "an unknown variable": lambda path: path.write_text("SELECT {{ nothing | literal }}", encoding="utf-8"),
}


def harmed(project, *names, how="deleted"):
    for name in names:
        HARM[how](project.folder / "templates" / name)


@pytest.fixture
def ran(project):
    """A project that was run, whose scripts may be harmed; `before` is what its database was like."""
    project.database.connect().execute(SETUP)
    for name, text in SCRIPTS.items():
        project.template(name, text)
    project.write(FIRST + LATER)
    project.before = fingerprint(project.database)
    project.execute()
    return project


@pytest.mark.parametrize("how", HARM)
def test_a_forward_script_that_is_broken_since_keeps_no_rollback_from_its_work(ran, how):
    harmed(ran, *FORWARD, how=how)
    assert ran.preview().steps == ran.rollback().steps
    assert difference(ran.before, fingerprint(ran.database)) == ""


def test_the_script_of_the_way_back_needs_no_forward_script(ran):
    harmed(ran, *FORWARD)
    done = ran.psql(ran.script())
    assert (done.returncode, done.stderr) == (0, "")
    assert difference(ran.before, fingerprint(ran.database)) == ""


def test_a_part_of_a_run_needs_no_forward_script(ran):
    harmed(ran, *FORWARD)
    assert ran.rollback(selection=Only("note")).steps == ("note",)
    assert ran.rollback(selection=After("dearer")).steps == ("cheap", "enough")
    assert ran.rollback(run=1).steps == ("dearer", "export", "copy")
    assert difference(ran.before, fingerprint(ran.database)) == ""


def test_the_program_needs_no_forward_script(ran):
    harmed(ran, *FORWARD)
    for option in ("--dry-run", "--preview"):
        assert (ran.run("rollback", str(ran.plan), option).returncode, option) == (0, option)
    done = ran.run("rollback", str(ran.plan), "--yes")
    assert done.returncode == 0, done.stderr
    # Steps that left nothing to take back are not listed.
    listed = [line.split()[0] for line in done.stdout.splitlines()[2:6]]
    assert listed == ["note", "cheap", "dearer", "copy"]


@pytest.mark.parametrize("how", [how for how in HARM if how != "deleted"])
def test_a_rollback_step_that_is_needed_and_broken_ends_it_before_anything_is_done(ran, how):
    harmed(ran, "no_note.sql", "no_cheap.sql", how=how)
    before = fingerprint(ran.database)
    person = Watcher(answer=True)
    for back in (ran.preview, ran.script, lambda: ran.rollback(person=person, yes=False)):
        with pytest.raises(PlanInvalid) as invalid:
            back()
        assert {fault.place.file for fault in invalid.value.faults} == {
            "templates/no_note.sql",
            "templates/no_cheap.sql",
        }
    assert person.asked == []
    assert difference(before, fingerprint(ran.database)) == ""
    assert [run.direction for run in ran.status().runs] == ["execute"]


def test_the_program_says_so(ran):
    harmed(ran, "no_cheap.sql")
    for option in ("--dry-run", "--preview", "--yes"):
        refused = ran.run("rollback", str(ran.plan), option, "--json")
        error = json.loads(refused.stdout)["error"]
        assert (refused.returncode, "no_cheap.sql" in error["message"]) == (2, True), option


def test_a_rollback_step_that_is_not_needed_may_be_broken(ran):
    harmed(ran, "no_cheap.sql")
    back = ran.rollback(selection=After("cheap"))
    assert back.steps == ("note",)
    # What brings it again is recorded, and so is what takes that back.
    harmed(ran, "no_note.sql")
    ran.rollback(run=ran.rollback(run=back.run).run)
    with pytest.raises(PlanInvalid, match="no_cheap"):
        ran.rollback()


def test_a_step_whose_rollback_step_is_gone_is_not_said_to_be_taken_back(ran):
    # Nothing else knows its way back: its undo log is empty.
    ran.write(FIRST + LATER.replace("- {id: no_cheap, rollback: {of: cheap, template: no_cheap.sql}}\n", ""))
    before = fingerprint(ran.database)
    for back in (ran.preview, ran.script, ran.rollback):
        with pytest.raises(NotReversible, match="no_cheap is no longer in the plan, the way back of cheap") as refused:
            back()
        assert refused.value.hint == "put no_cheap back into the plan, or take back what ran after cheap: --to cheap"
    assert difference(before, fingerprint(ran.database)) == ""
    assert ran.rollback(selection=After("cheap")).steps == ("note",)
    ran.write(FIRST + LATER)
    ran.rollback()
    assert difference(ran.before, fingerprint(ran.database)) == ""


def test_a_rollback_step_is_read_once(ran):
    class Harming(Watcher):
        def asks(self, question: str, *, option: str) -> bool:
            harmed(ran, *SCRIPTS)
            return super().asks(question, option=option)

    ran.rollback(person=Harming(answer=True), yes=False)
    assert difference(ran.before, fingerprint(ran.database)) == ""


def test_faults_of_the_plan_itself_end_it_as_before(ran):
    ran.write(FIRST + LATER + "- {id: more, needs: [lost], migrate: {template: lost.sql}}\n")
    with pytest.raises(PlanInvalid, match="lost"):
        ran.rollback()


def test_a_run_that_fails_is_taken_back_by_the_rollback_steps_that_it_began_with(project):
    project.database.connect().execute(SETUP)
    for name, text in SCRIPTS.items():
        project.template(name, text)
    before = fingerprint(project.database)
    late = "- {id: wrong, needs: [note], check: {sql: SELECT 1 WHERE false, expect: {rows: 1}}}\n"
    project.write(FIRST + LATER + late, on_failure="rollback")
    person = Watcher()
    told = person.tells

    def harms(text: str) -> None:
        told(text)
        for name in SCRIPTS:
            (project.folder / "templates" / name).unlink(missing_ok=True)

    person.tells = harms
    with pytest.raises(CheckFailed) as failed:
        project.execute(person=person)
    assert "took run 1 back" in "\n".join(failed.value.__notes__)
    assert difference(before, fingerprint(project.database)) == ""
