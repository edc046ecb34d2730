"""The room of YAML and JSON Schema: from a plan file to a `Plan`, or to everything that is wrong with it.

The way is one: `reading` (bytes to text), `composer` (text to a tree with places), `shape` (what the schema
asks for), `sense` (what a schema cannot say), `builder` (the tree to a `Plan`). A fault of the YAML itself does not
hide the faults of the plan, as far as there is a tree to look at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.edges.source import sense, shape
from planrun.edges.source.builder import build
from planrun.edges.source.composer import compose
from planrun.edges.source.reading import read
from planrun.errors import Fault, Place, PlanInvalid

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.core.plan import Plan


def load(path: Path) -> Plan:
    """Return the plan that a file holds.

    Raises:
        PlanInvalid: the file cannot be read or the plan is wrong; carries every fault, by place.
    """
    file = str(path)
    root, faults = compose(read(path), file)
    # What the YAML lost at a place (the value of an alias, say) is not missed there a second time.
    lost = {fault.place for fault in faults}
    document = shape.document(root)
    further = (*shape.faults(document, root), *sense.faults(root))
    wrong = (*faults, *(fault for fault in further if fault.place not in lost))
    if wrong:
        raise PlanInvalid(tuple(sorted(wrong, key=_by_place)))
    return build(document, root, file=file, project=str(project_of(path)))


def project_of(path: Path) -> Path:
    """Return the folder that the paths of a plan are relative to.

    That is the nearest folder above the plan that holds a folder ``templates``, else the one that holds the
    nearest folder ``plans`` above the plan, else the plan's own folder.
    """
    own = path.parent.resolve()
    above = (own, *own.parents)
    with_templates = (folder for folder in above if (folder / "templates").is_dir())
    with_plans = (folder.parent for folder in above if folder.name == "plans")
    return next(with_templates, None) or next(with_plans, own)


def _by_place(fault: Fault) -> Place:
    return fault.place or Place("")
