"""The manifest of a backup set as a value: what was saved, from where, and how to recognise it again.

Only what a manifest names counts as a backup. Its seal, a SHA-256 over everything else in it, shows damage
and careless edits; it is not a signature, since whoever can write the folder can make a new one.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

VERSION = 1
"""The version of the manifest's layout that this planrun writes and reads."""


class ArtifactKind(StrEnum):
    """What a backup file holds."""

    DATABASE = "database"
    SCHEMA = "schema"
    CSV = "csv"
    FILES = "files"

    @property
    def folder(self) -> str:
        """The folder of the set that files of this kind lie in."""
        match self:
            case ArtifactKind.DATABASE | ArtifactKind.SCHEMA:
                return "database"
            case ArtifactKind.CSV:
                return "csv_exports"
            case ArtifactKind.FILES:
                return "configs"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a CSV file; `type` as ``format_type`` prints it under an empty search_path."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One finished backup file.

    Attributes:
        step: the id of the step that made it.
        path: relative to the set's folder, with ``/``; made by planrun, never from a name in the database.
        format: ``custom`` or ``plain`` (pg_dump), ``csv``, or ``raw`` (a copied file).
        source: the query of a CSV file, the glob pattern of a copied one.
        original: the path that a copied file had, relative to the project.
        rows: the rows of a CSV file, without its header.
        null_marker: what stands, unquoted, for NULL in a CSV file.
        finished: when it was complete, in UTC by the server's clock.
    """

    step: str
    kind: ArtifactKind
    path: str
    format: str
    bytes: int
    sha256: str
    finished: datetime
    server_version: str
    source: str | None = None
    original: str | None = None
    columns: tuple[Column, ...] | None = None
    rows: int | None = None
    null_marker: str | None = None
    pg_dump_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the rows of a set come from.

    Attributes:
        system_identifier: of the cluster; None where the role may not read it.
        snapshot: the id of the exported snapshot that dumps and exports share; None without one.
        tool_version: the planrun that made the set.
    """

    database: str
    server_version: str
    tool_version: str
    system_identifier: str | None = None
    snapshot: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup set: its plan and run, when it was begun (UTC), its origin and its finished files."""

    plan: str
    run: int
    started: datetime
    origin: Origin
    artifacts: tuple[Artifact, ...] = ()


def to_document(manifest: Manifest) -> dict[str, Any]:
    """Return the manifest as what JSON can hold, with its seal under ``sha256``."""
    document = {
        "manifest": VERSION,
        "plan": manifest.plan,
        "run": manifest.run,
        "started": _instant_text(manifest.started),
        **asdict(manifest.origin),
        "artifacts": [_artifact_document(artifact) for artifact in manifest.artifacts],
    }
    return document | {"sha256": seal(document)}


def from_document(document: object) -> Manifest:
    """Return the manifest that `document`, parsed from JSON, describes.

    Raises:
        EnvironmentFault: it is not a manifest, or its seal does not fit; names every fault.
    """
    found = faults(document)
    if found or not isinstance(document, dict):
        raise EnvironmentFault(f"the manifest cannot be used: {'; '.join(found)}", hint=_HINT)
    if document["sha256"] != seal(document):
        raise EnvironmentFault("the manifest was changed or damaged: its seal does not fit", hint=_HINT)
    return Manifest(
        plan=document["plan"],
        run=document["run"],
        started=datetime.fromisoformat(document["started"]),
        origin=Origin(**{name: document[name] for name in Origin.__slots__}),
        artifacts=tuple(_artifact(entry) for entry in document["artifacts"]),
    )


def seal(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of the canonical JSON of everything in `document` but its seal."""
    rest = {key: value for key, value in document.items() if key != "sha256"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def faults(document: object) -> tuple[str, ...]:
    """Return what keeps `document` from being a manifest, the seal's value aside; empty if nothing does."""
    if not isinstance(document, dict):
        return (f"wanted an object, found {_shown(document)}",)
    found = [*_broken(document, _SET_RULES, "")]
    entries = document.get("artifacts")
    if isinstance(entries, list):
        for number, entry in enumerate(entries):
            found += _artifact_faults(entry, f"artifacts[{number}]")
        found += _repeated_paths(entries)
    return tuple(found)


# --- to and from JSON --------------------------------------------------------------------------

_HINT = "this set cannot count as a backup; take another, and look at this one by hand"


def _artifact_document(artifact: Artifact) -> dict[str, Any]:
    columns = None if artifact.columns is None else [asdict(column) for column in artifact.columns]
    return asdict(artifact) | {"finished": _instant_text(artifact.finished), "columns": columns}


def _artifact(entry: dict[str, Any]) -> Artifact:
    columns = entry["columns"]
    return Artifact(
        **entry
        | {
            "kind": ArtifactKind(entry["kind"]),
            "finished": datetime.fromisoformat(entry["finished"]),
            "columns": None if columns is None else tuple(Column(**column) for column in columns),
        }
    )


def _instant_text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


# --- the rules ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rule:
    wanted: str
    holds: Callable[[Any], bool]

    def or_none(self) -> _Rule:
        return _Rule(f"{self.wanted}, or null", lambda value: value is None or self.holds(value))


def _matches(pattern: str) -> Callable[[Any], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _is_instant(value: object) -> bool:
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:  # such as the 31st of February
        return False
    return True


def _is_column(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"name", "type"}
        and all(isinstance(text, str) for text in value.values())
    )


_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}\+00:00")
_TEXT = _Rule("a text", lambda value: isinstance(value, str))
_WORDS = _Rule("a text that is not empty", lambda value: isinstance(value, str) and value != "")
_COUNT = _Rule("a number from 0", lambda value: type(value) is int and value >= 0)
_DIGEST = _Rule("64 hexadecimal digits", _matches(r"[0-9a-f]{64}"))
_TIME = _Rule("a time in UTC such as 2026-01-31T12:00:00.000000+00:00", _is_instant)
_COLUMNS = _Rule(
    "a list of columns, each with a name and a type",
    lambda value: isinstance(value, list) and all(_is_column(column) for column in value),
)

_SET_RULES: Mapping[str, _Rule] = {
    "manifest": _Rule(f"the number {VERSION}", lambda value: type(value) is int and value == VERSION),
    "plan": _WORDS,
    "run": _COUNT,
    "started": _TIME,
    "database": _WORDS,
    "server_version": _WORDS,
    "tool_version": _WORDS,
    "system_identifier": _WORDS.or_none(),
    "snapshot": _WORDS.or_none(),
    "artifacts": _Rule("a list", lambda value: isinstance(value, list)),
    "sha256": _DIGEST,
}

_ARTIFACT_RULES: Mapping[str, _Rule] = {
    "step": _Rule("the id of a step", _matches(r"[a-z0-9_]+")),
    "kind": _Rule("database, schema, csv or files", lambda value: value in list(ArtifactKind)),
    # No dot can begin a name and no slash can stand in it: a manifest cannot point out of its folder.
    "path": _Rule(
        "a file in database/, csv_exports/ or configs/",
        _matches(r"(database|csv_exports|configs)/[a-z0-9_]+(\.[a-z]+)?"),
    ),
    "format": _Rule("custom, plain, csv or raw", lambda value: value in ("custom", "plain", "csv", "raw")),
    "bytes": _COUNT,
    "sha256": _DIGEST,
    "finished": _TIME,
    "server_version": _WORDS,
    "source": _TEXT.or_none(),
    "original": _WORDS.or_none(),
    "columns": _COLUMNS.or_none(),
    "rows": _COUNT.or_none(),
    "null_marker": _TEXT.or_none(),
    "pg_dump_version": _WORDS.or_none(),
}

_FORMATS: Mapping[str, tuple[str, ...]] = {
    "database": ("custom", "plain"),
    "schema": ("custom", "plain"),
    "csv": ("csv",),
    "files": ("raw",),
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "database": ("pg_dump_version",),
    "schema": ("pg_dump_version",),
    "csv": ("source", "columns", "rows", "null_marker"),
    "files": ("source", "original"),
}


def _broken(document: Mapping[str, Any], rules: Mapping[str, _Rule], where: str) -> Iterator[str]:
    for key, rule in rules.items():
        if key not in document:
            yield f"{where}{key} is missing"
        elif not rule.holds(document[key]):
            yield f"{where}{key}: wanted {rule.wanted}, found {_shown(document[key])}"
    for key in document:
        if key not in rules:
            yield f"{where}{key[:40]!r} is not known"


def _artifact_faults(entry: object, where: str) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f"{where}: wanted an object, found {_shown(entry)}"
        return
    broken = tuple(_broken(entry, _ARTIFACT_RULES, f"{where}."))
    yield from broken
    if broken:
        return
    kind = ArtifactKind(entry["kind"])
    if entry["format"] not in _FORMATS[kind]:
        wanted = " or ".join(_FORMATS[kind])
        yield f"{where}.format: wanted {wanted} for kind {kind}, found {entry['format']}"
    if not entry["path"].startswith(f"{kind.folder}/"):
        yield f"{where}.path: wanted a file in {kind.folder}/ for kind {kind}, found {entry['path']}"
    for key in _NEEDED[kind]:
        if entry[key] is None:
            yield f"{where}.{key}: wanted a value for kind {kind}, found null"


def _repeated_paths(entries: list[object]) -> Iterator[str]:
    seen: set[str] = set()
    for entry in entries:
        path = entry.get("path") if isinstance(entry, dict) else None
        if not isinstance(path, str):
            continue
        if path in seen:
            yield f"artifacts: {path[:80]!r} stands twice"
        seen.add(path)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
