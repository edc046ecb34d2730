"""Copies of configuration files: what the patterns name inside the project, and nothing that a link leads to.

Every folder and file below the project is opened relative to the one before it, without following links, so a
path that was judged harmless cannot be swapped for another. A pattern that finds no file is a mistake, never
an empty backup. Hidden files such as ``.env`` are found when a pattern names their dot.
"""

from __future__ import annotations

import errno
import glob
import os
import stat
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from planrun.core.manifest import ArtifactKind, StoredFile
from planrun.edges.backups import disk, streams
from planrun.edges.backups.course import Course
from planrun.edges.backups.folder import relative
from planrun.errors import Fault, StepFailed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from planrun.edges.backups.folder import BackupSet

_BLOCK = 1 << 20
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
# A named pipe must not make the opening wait for a writer.
_OPEN_FILE = _OPEN | os.O_NONBLOCK
_OPEN_FOLDER = _OPEN | os.O_DIRECTORY


@frozen
class FileResult:
    """A copied file.

    Attributes:
        stored: the copy.
        original: its path, relative to the project.
        pattern: the first pattern that found it.
    """

    stored: StoredFile
    original: str
    pattern: str


def copy(
    step: str,
    patterns: Sequence[str],
    project: Path,
    backup_set: BackupSet,
    *,
    recipients: Sequence[str] = (),
    course: Course | None = None,
) -> tuple[FileResult, ...]:
    """Copy the files that `patterns` name to the set, each once, in the order of their paths.

    Other backups below the same root are never copied. The caller adds the results to the manifest.

    Args:
        step: the id of the step; the copies are called after it, with a counter.
        patterns: globs relative to the project; ``**`` reaches into folders.
        project: the folder of the project.
        backup_set: where the copies go.
        recipients: whom the copies are encrypted for; nobody if empty.
        course: is told of the bytes that were read.

    Raises:
        StepFailed: a pattern leaves the project or finds no file, or what it finds is a symbolic link or no
            regular file; names all of them, and nothing was copied.
        EnvironmentFault: a file cannot be read or its copy not written; no copy stays.
    """
    found, faults = _find(patterns, project, backup_set.path.parent)
    faults += [fault for path in found for fault in _unfit(project, path)]
    if faults:
        raise StepFailed("files cannot be backed up:\n" + "\n".join(str(fault) for fault in faults))
    desk = _Desk(project, backup_set, recipients, course or Course())
    results: list[FileResult] = []
    try:
        for number, (path, pattern) in enumerate(found.items(), 1):
            results.append(desk.copy(f"{step}_{number:03}", path, pattern))
    except BaseException:  # interrupted as well: a step that did not end leaves no file behind
        backup_set.discard(result.stored for result in results)
        raise
    return tuple(results)


def _find(patterns: Sequence[str], project: Path, backups: Path) -> tuple[dict[str, str], list[Fault]]:
    """Return the paths found (sorted, relative) with their first pattern, and what is wrong with patterns."""
    found: dict[str, str] = {}
    home, backups = project.resolve(), backups.resolve()
    faults: list[Fault] = []
    for pattern in patterns:
        if PurePosixPath(pattern).is_absolute() or ".." in PurePosixPath(pattern).parts:
            faults.append(Fault(f"the pattern {pattern!r} leaves the project", hint="write it relative to the project"))
            continue
        paths = [path for path in _matches(pattern, project) if not (home / path).is_relative_to(backups)]
        if not paths:
            faults.append(Fault(f"the pattern {pattern!r} finds no file in {project}"))
        for path in paths:
            found.setdefault(path, pattern)
    return dict(sorted(found.items())), faults


def _matches(pattern: str, project: Path) -> Iterator[str]:
    """Yield what the pattern finds, folders aside, in one spelling; a link counts as found, to be refused."""
    # Path.glob would find hidden files that nobody named.
    for match in glob.glob(pattern, root_dir=project, recursive=True):  # noqa: PTH207 - see above
        path = project / match
        if path.is_symlink() or not path.is_dir():
            yield str(Path(match))


def _unfit(project: Path, path: str) -> Iterator[Fault]:
    """Yield why a path that was found cannot be copied: a link in it, or no regular file."""
    for part in (*reversed(Path(path).parents), Path(path)):
        if (project / part).is_symlink():
            yield Fault(f"{str(part)!r} is a symbolic link", hint="name the file that it leads to")
            return
    if not (project / path).is_file():
        yield Fault(f"{path!r} is not a regular file")


@frozen
class _Desk:
    project: Path
    backup_set: BackupSet
    recipients: Sequence[str]
    course: Course

    def copy(self, stem: str, path: str, pattern: str) -> FileResult:
        source = _open_inside(self.project, path)
        with (
            os.fdopen(source, "rb", buffering=0) as content,
            self.backup_set.new_file(ArtifactKind.FILES, stem, streams.suffix(None, self.recipients)) as file,
        ):
            streams.write(self._blocks(content, path), file, recipients=self.recipients)
            stored = StoredFile(relative(ArtifactKind.FILES, file.name), file.bytes, file.sha256)
        return FileResult(stored, path, pattern)

    def _blocks(self, content: BinaryIO, path: str) -> Iterator[bytes]:
        try:
            while block := content.read(_BLOCK):
                self.course.advanced(len(block))
                yield block
        except OSError as error:
            raise disk.fault(error, self.project / path, "read") from error


def _open_inside(project: Path, path: str) -> int:
    """Return a descriptor of a regular file, reached from the project without following any link."""
    *folders, name = Path(path).parts
    try:
        folder = os.open(project, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in folders:
                inner = os.open(part, _OPEN_FOLDER, dir_fd=folder)
                os.close(folder)
                folder = inner
            descriptor = os.open(name, _OPEN_FILE, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise StepFailed(f"{path!r} became a symbolic link while it was to be copied") from error
        raise disk.fault(error, project / path, "read") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise StepFailed(f"{path!r} is no longer a regular file")
    return descriptor
