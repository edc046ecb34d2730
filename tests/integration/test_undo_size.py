"""How large an undo log may become is said before a step that may make a large one, and how large it is afterwards."""

from pathlib import Path

from planrun.app import executing, looking, plans


class Watcher:
    present = False

    def __init__(self):
        self.said = []

    def tells(self, text):
        self.said.append(text)

    def asks(self, question, *, option):  # noqa: ARG002  the port names it
        raise AssertionError(question)


def run(folder: Path, database, sql):
    (folder / "templates").mkdir(exist_ok=True)
    plan = folder / "plan.yaml"
    plan.write_text(f'planrun: 1\nname: size\nsteps:\n  - id: rewrite\n    migrate: {{sql: "{sql}"}}\n')
    watcher = Watcher()
    executing.execute(plans.schedule_of(plan), database.params, watcher, yes=True)
    return watcher.said


def test_a_large_undo_log_is_announced_and_shown(any_database, tmp_path):
    with any_database.connect() as connection:
        connection.execute("CREATE TABLE big (id int PRIMARY KEY, filler text)")
        connection.execute("INSERT INTO big SELECT i, repeat('x', 1000) FROM generate_series(1, 40000) i")
    said = run(tmp_path, any_database, "UPDATE big SET filler = filler || 'y' WHERE id <= 100")
    announced = [line for line in said if "undo log" in line]
    assert len(announced) == 1
    assert "rewrite: its undo log takes up to " in announced[0]
    assert announced[0].endswith("MiB, if it writes every row of public.big")
    report = looking.status(any_database.params, None)
    assert 100_000 < report.undo_bytes < 2_000_000


def test_a_small_one_is_not(any_database, tmp_path):
    with any_database.connect() as connection:
        connection.execute("CREATE TABLE small (id int PRIMARY KEY, filler text)")
        connection.execute("INSERT INTO small VALUES (1, 'x')")
    said = run(tmp_path, any_database, "UPDATE small SET filler = 'y'")
    assert not [line for line in said if "undo log" in line]
