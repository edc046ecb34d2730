"""Begins a project: a folder with a first plan, its template, the schema for editors, and what keeps them in order."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from planrun.edges.data import data_path
from planrun.errors import EnvironmentFault, UsageFault

if TYPE_CHECKING:
    from pathlib import Path

PLAN = "plans/first.yaml"
"""Where the first plan lies in the project."""

SCHEMA = "schemas/plan.schema.json"
"""The schema that the first line of the plan names to editors; one that is there already is left alone."""

HOOKS = ".pre-commit-config.yaml"
"""The file of pre-commit; one that is there already is left alone."""

IGNORED = ".gitignore"
_BACKUPS = "/backups/"

_NEW = {
    PLAN: "plan.yaml",
    "templates/first/lower_emails.sql": "lower_emails.sql",
}
"""The files of a project, and the file of our scaffold that each is a copy of."""


def init(folder: Path) -> tuple[Path, ...]:
    """Write the first files of a project; return those that were written, in order.

    A ``.gitignore`` gets the line that keeps backups out of version control, if it has none such yet.

    Raises:
        UsageFault: a plan or a template of these names is there already; nothing was written.
        EnvironmentFault: the folder cannot be written.
    """
    taken = [name for name in _NEW if (folder / name).exists()]
    if taken:
        raise UsageFault(
            f"{folder} holds {' and '.join(taken)} already; nothing was written", hint="name another folder"
        )
    try:
        return tuple(_written(folder))
    except OSError as error:
        raise EnvironmentFault(f"{error.filename or folder} cannot be written: {error.strerror}") from error


def schema() -> str:
    """Return the JSON Schema of plans, as editors want it.

    Raises:
        EnvironmentFault: planrun's own file is missing.
    """
    return data_path("schemas", "plan.schema.json").read_text(encoding="utf-8")


def _written(folder: Path) -> list[Path]:
    made = [_write(folder / name, _scaffold(source)) for name, source in _NEW.items()]
    if not (folder / SCHEMA).exists():
        made.append(_write(folder / SCHEMA, schema()))
    ignored = folder / IGNORED
    lines = ignored.read_text(encoding="utf-8").splitlines() if ignored.exists() else []
    if not {_BACKUPS, "backups/", "backups", "/backups"} & {line.strip() for line in lines}:
        ignored.write_text("\n".join([*lines, _BACKUPS]) + "\n", encoding="utf-8")
        made.append(ignored)
    if not (folder / HOOKS).exists():
        made.append(_write(folder / HOOKS, _scaffold("pre-commit.yaml")))
    return made


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path


def _scaffold(name: str) -> str:
    return files(__package__).joinpath("scaffold", name).read_text(encoding="utf-8")
