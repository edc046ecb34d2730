"""What a document must be to be a manifest.

``schemas/manifest.schema.json`` says the same to others; a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planrun.core.documents import COUNT, DIGEST, INSTANT, TEXT, WORDS, Rule, broken, objects, one_of, shown, text_like
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERSION = 1
"""The version of the manifest's layout that this planrun writes and reads."""


@frozen
class Shape:
    """What artifacts of one kind have: the folder of their files, their formats, and the keys that are never null.

    `only` are the keys, of those that not all kinds have, that may have a value.
    """

    folder: str
    formats: tuple[str, ...]
    needed: tuple[str, ...]
    only: frozenset[str]


def _shape(folder: str, formats: tuple[str, ...], needed: tuple[str, ...], *also: str) -> Shape:
    return Shape(folder, formats, needed, frozenset((*needed, *also)))


SHAPES: Mapping[str, Shape] = {
    "database": _shape("database", ("custom", "directory", "plain"), ("pg_dump_version",), "encryption", "tables"),
    "schema": _shape("database", ("custom", "directory", "plain"), ("pg_dump_version",), "encryption"),
    "csv": _shape(
        "csv_exports",
        ("csv",),
        ("source", "columns", "rows", "null_marker"),
        *("hash", "compression", "encryption", "table", "key"),
    ),
    "files": _shape("configs", ("raw",), ("source", "original"), "encryption"),
    "table": _shape("", ("table",), ("source", "columns", "rows", "table"), "hash", "key", "predicate"),
}
"""By the kind of artifact."""

_STEP = text_like("the id of a step", r"[a-z0-9_]+")
_HASH = text_like("32 hexadecimal digits", r"[0-9a-f]{32}")

_FILE_RULES: Mapping[str, Rule] = {
    # No dot can begin a name, and no slash can stand in it but that of a directory dump: it cannot lead out of the set.
    "path": text_like(
        "a file in database/, csv_exports/ or configs/",
        r"(database/([a-z0-9_]+\.dir/)?|csv_exports/|configs/)[a-z0-9_]+(\.[a-z0-9]+){0,3}",
    ),
    "bytes": COUNT,
    "sha256": DIGEST,
}
_COLUMN_RULES: Mapping[str, Rule] = {"name": TEXT, "type": TEXT, "source": WORDS.or_none()}
_TABLE_RULES: Mapping[str, Rule] = {"schema": WORDS, "name": WORDS}
_CONTENT_RULES: Mapping[str, Rule] = {**_TABLE_RULES, "rows": COUNT, "hash": _HASH}

_SET_RULES: Mapping[str, Rule] = {
    "manifest": Rule(f"the number {VERSION}", lambda value: type(value) is int and value == VERSION),
    "plan": WORDS,
    "run": COUNT,
    "started": INSTANT,
    "database": WORDS,
    "server_version": WORDS,
    "tool_version": WORDS,
    "system_identifier": WORDS.or_none(),
    "snapshot": WORDS.or_none(),
    "artifacts": Rule("a list", lambda value: isinstance(value, list)),
    "sha256": DIGEST,
}

_ARTIFACT_RULES: Mapping[str, Rule] = {
    "step": _STEP,
    "kind": one_of(SHAPES),
    "format": one_of(tuple(dict.fromkeys(word for shape in SHAPES.values() for word in shape.formats))),
    "files": objects("a list of files, each with a path in the set, bytes and sha256", _FILE_RULES),
    "finished": INSTANT,
    "server_version": WORDS,
    "source": TEXT.or_none(),
    "original": WORDS.or_none(),
    "columns": objects("a list of columns, each with name, type and source", _COLUMN_RULES).or_none(),
    "rows": COUNT.or_none(),
    "null_marker": TEXT.or_none(),
    "pg_dump_version": WORDS.or_none(),
    "compression": one_of(("gzip", "zstd")).or_none(),
    "encryption": one_of(("age",)).or_none(),
    "table": Rule(
        "a table, with schema and name", lambda value: next(broken(value, _TABLE_RULES), None) is None
    ).or_none(),
    "key": Rule(
        "a list of names of columns",
        lambda value: isinstance(value, list) and value != [] and all(isinstance(name, str) for name in value),
    ).or_none(),
    "predicate": WORDS.or_none(),
    "hash": _HASH.or_none(),
    "tables": objects("a list of tables, each with schema, name, rows and hash", _CONTENT_RULES).or_none(),
}


def faults(document: object) -> tuple[str, ...]:
    """Return what keeps `document` from being a manifest, the seal's value aside; empty if nothing does."""
    found = list(broken(document, _SET_RULES))
    entries = document.get("artifacts") if isinstance(document, dict) else None
    if isinstance(entries, list):
        for number, entry in enumerate(entries):
            found += _artifact_faults(entry, f"artifacts[{number}]")
        found += _repeated_paths(entries)
    return tuple(found)


def _artifact_faults(entry: object, where: str) -> Iterator[str]:
    broke = tuple(broken(entry, _ARTIFACT_RULES, f"{where}."))
    yield from broke
    if broke or not isinstance(entry, dict):
        return
    kind = entry["kind"]
    shape = SHAPES[kind]
    if entry["format"] not in shape.formats:
        yield f"{where}.format: wanted {' or '.join(shape.formats)} for kind {kind}, found {entry['format']}"
    for key in shape.needed:
        if entry[key] is None:
            yield f"{where}.{key}: wanted a value for kind {kind}, found null"
    for key, value in entry.items():
        if value is not None and key in _OF_SOME and key not in shape.only:
            yield f"{where}.{key}: wanted null for kind {kind}, found {shown(value)}"
    yield from _file_faults(entry, shape, where)


_OF_SOME = frozenset().union(*(shape.only for shape in SHAPES.values()))


def _file_faults(entry: dict[str, Any], shape: Shape, where: str) -> Iterator[str]:
    kind, files = entry["kind"], entry["files"]
    several = entry["format"] == "directory"
    if several and not files:
        yield f"{where}.files: wanted the files of a directory, found none"
    elif not several and len(files) != (wanted := 1 if shape.folder else 0):
        yield f"{where}.files: wanted {wanted} for kind {kind}, found {len(files)}"
    for file in files:
        path = file["path"]
        if not path.startswith(f"{shape.folder}/") or (".dir/" in path) is not several:
            inside = f"{shape.folder}/STEP.dir/" if several else f"{shape.folder}/"
            yield f"{where}.files: wanted a file in {inside} for kind {kind}, found {path}"


def _repeated_paths(entries: list[object]) -> Iterator[str]:
    seen: set[str] = set()
    for entry in entries:
        files = entry.get("files") if isinstance(entry, dict) else None
        for file in files if isinstance(files, list) else ():
            path = file.get("path") if isinstance(file, dict) else None
            if not isinstance(path, str):
                continue
            if path in seen:
                yield f"artifacts: {path[:80]!r} stands twice"
            seen.add(path)
