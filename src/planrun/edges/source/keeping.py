"""What a JSON Schema cannot say about backups: where they go, and which forms go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.address import address, endpoint
from planrun.core.policy import parts
from planrun.edges.source.tree import Node, Scalar, child, items, text
from planrun.edges.source.words import label, no_table, quoted
from planrun.errors import Fault, UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def faults(root: Node) -> Iterator[Fault]:
    """Yield what makes no sense in the storage and the backup steps of a plan."""
    yield from _storage(child(root, "storage"))
    encrypted = child(root, "encrypt")
    for number, step in enumerate(items(child(root, "steps"))):
        dump = child(child(step, "backup"), "database")
        if dump is not None:
            yield from _dump(dump, f"{label(root, ('steps', number))}: backup.database", encrypted)


def _storage(storage: Node | None) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for number, one in enumerate(items(storage)):
        url = child(one, "url")
        if number == 0 and url is not None:
            message = "storage[0]: wanted a folder, found an object store: a set is written to a folder and copied then"
            yield Fault(message, url.place, "put {path: backups} before it")
        where = f"storage[{number}]"
        place = text(child(one, "path")) or _bucket(url)
        yield from _told(f"{where}.url", url, address)
        yield from _told(f"{where}.endpoint", child(one, "endpoint"), endpoint)
        for key in ("endpoint", "region"):
            given = child(one, key)
            if given is not None and place and place.startswith(("gs://", "az://")):
                yield Fault(f"{where}: the key {key} does not go with {place}", given.place, "it is for s3:// alone")
        if place and first.setdefault(place, where) != where:
            yield Fault(f"{where}: {quoted(place)} is {first[place]} already", one.place, "remove one of them")


def _bucket(url: Node | None) -> str | None:
    """Return an address that may be repeated; one that cannot be used may hold a credential."""
    try:
        return str(address(text(url) or ""))
    except UsageFault:
        return None


def _told(where: str, node: Node | None, judge: Callable[[str], object]) -> Iterator[Fault]:
    written = text(node)
    if node is None or written is None:
        return
    try:
        judge(written)
    except UsageFault as error:
        yield Fault(f"{where}: {error.message}", node.place, error.hint)


def _dump(dump: Node, where: str, encrypted: Node | None) -> Iterator[Fault]:
    form = child(dump, "format")
    directory = text(form) == "directory"
    jobs = child(dump, "jobs")
    if isinstance(jobs, Scalar) and isinstance(jobs.value, int) and jobs.value > 1 and not directory:
        yield Fault(f"{where}.jobs: only a directory is written by several jobs", jobs.place, "set format: directory")
    if directory and encrypted is not None and form is not None:
        message = f"{where}.format: pg_dump writes the files of a directory itself, so that none can be encrypted"
        yield Fault(message, form.place, "set format: custom, or remove encrypt from the plan")
    if (tables := child(dump, "tables")) and (schemas := child(dump, "schemas")):
        message = f"{where}: tables and schemas do not go together: pg_dump would leave the schemas out"
        yield Fault(message, schemas.place, f"name the tables of the schemas beside those at {tables.place}")
    for number, table in enumerate(items(child(dump, "tables"))):
        name = text(table)
        if name and parts(name) is None:
            yield no_table(f"{where}.tables[{number}]", name, table.place)
