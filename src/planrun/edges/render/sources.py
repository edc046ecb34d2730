"""Finds the text behind a name, and keeps every name inside its folder.

A name is relative, written with ``/``, and its real path lies under the real path of the root: no absolute
name, no ``..``, no symbolic link that leads out.
"""

from __future__ import annotations

import difflib
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from planrun.errors import Fault, Place
from planrun.frozen import frozen

if TYPE_CHECKING:
    from planrun.core.plan import Inline

LARGEST_FILE = 16 * 1024 * 1024
"""How many bytes an SQL file or a template may have."""


class UnreadableError(Exception):
    """A file that cannot be used; `fault` says why and has no place yet."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.fault = Fault(message, None, hint)


@frozen
class Source:
    """A template's text and where it was written.

    Attributes:
        name: the name that the sandbox knows it by.
        text: the whole text, with line feeds as line ends.
        file: the file that holds it, as faults name it.
        line: the line of the file that the text begins in.
        column: the column of the file that each of its lines begins in; 0 for 1.
    """

    name: str
    text: str
    file: str
    line: int = 1
    column: int = 0

    def place(self, line: int, column: int = 0) -> Place:
        """Return where the given line and column (from 1, 0 when unknown) of the text stand in the file."""
        known = column and column + max(self.column, 1) - 1
        return Place(self.file, self.line + line - 1, known)


class Library:
    """The templates of a project, and the inline texts of its plan."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._known: dict[str, Source] = {}

    def inline(self, inline: Inline) -> Source:
        """Return the text of a plan as a source, and keep it for the sandbox to load by its name."""
        place = inline.place
        # The number keeps apart what stands in one place, and no file name begins like this.
        source = Source(f"<{place}>{len(self._known)}", inline.text, place.file, place.line or 1, place.column)
        self._known[source.name] = source
        return source

    def holds(self, name: str) -> bool:
        """Whether a source of that name was handed out."""
        return name in self._known

    def template(self, name: str) -> Source:
        """Return a file under ``templates/``.

        Raises:
            UnreadableError: there is none, it lies outside, or it is not UTF-8 text.
        """
        known = self._known.get(name)
        if known is None:
            text = _read(self._project / "templates", name, "templates/")
            known = Source(name, text.replace("\r\n", "\n").replace("\r", "\n"), f"templates/{name}")
            self._known[name] = known
        return known

    def verbatim(self, name: str) -> str:
        """Return a file of the project byte for byte, less a byte order mark.

        Raises:
            UnreadableError: there is none, it lies outside, or it is not UTF-8 text.
        """
        return _read(self._project, name, "the project")


def _read(root: Path, name: str, called: str) -> str:
    path = _inside(root, name, called)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{name!r} cannot be read: {error.strerror}") from error
    if len(data) > LARGEST_FILE:
        raise UnreadableError(f"{name!r} is larger than {LARGEST_FILE >> 20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"{name!r} is not UTF-8 text: line {line} holds the byte 0x{data[error.start]:02x}"
        raise UnreadableError(message, "save the file as UTF-8") from None


def _inside(root: Path, name: str, called: str) -> Path:
    pure = PurePosixPath(name)
    if not pure.parts or "\0" in name:
        raise UnreadableError(f"{name!r} names no file")
    if pure.is_absolute() or PureWindowsPath(name).anchor or "\\" in name:
        raise UnreadableError(f"{name!r} is no relative path", f"write it relative to {called}, with / between folders")
    if ".." in pure.parts:
        raise UnreadableError(f"{name!r} leads upwards", f"files lie under {called}")
    base = root.resolve()
    path = (base / pure).resolve()
    if not path.is_relative_to(base):
        raise UnreadableError(f"{name!r} leaves {called} through a symbolic link", "copy the file there")
    if not path.is_file():
        raise UnreadableError(f"there is no file {name!r} under {called}", _nearest(base, name))
    return path


def _nearest(base: Path, name: str) -> str | None:
    folders = [base, *(base / PurePosixPath(name)).parents]
    folder = next((each for each in folders[1:] if each.is_dir() and each.is_relative_to(base)), None)
    if folder is None:
        return None
    near = [path.relative_to(base).as_posix() for path in folder.iterdir() if path.is_file()]
    found = difflib.get_close_matches(name, near, 1)
    return f"did you mean {found[0]!r}?" if found else None
