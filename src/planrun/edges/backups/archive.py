"""A dump on its way back: pg_restore and psql fed with it, and the rows of one table taken out of it.

The programs get the dump through a pipe from this process, decrypted on its way; when planrun is killed the pipe
breaks, and what they had begun is rolled back. The files of a directory dump have to be read by pg_restore itself; a
small shell watches over it, which ends it when planrun is gone. An error is never passed over.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from planrun.edges.backups import disk, feeding, libpq, streams
from planrun.edges.backups.copy_blocks import copied
from planrun.edges.backups.programs import TOC
from planrun.edges.backups.tools import require_patched
from planrun.errors import EnvironmentFault, StepFailed
from planrun.frozen import frozen
from planrun.ports import unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from planrun.core.manifest import Artifact, StoredFile, TableName
    from planrun.edges.backups.encryption import Identities
    from planrun.edges.backups.tools import Tools

_BLOCK = 1 << 20
_ENCODING = re.compile(rb"^SET client_encoding = '([A-Za-z0-9_]+)';$", re.MULTILINE)
_LARGE_OBJECTS = b"\nSELECT pg_catalog.lo_open("
_BEGIN = b"\\set ON_ERROR_STOP on\nBEGIN;\n"


@frozen
class Archive:
    """A dump of a backup set, whose bytes were compared with the manifest already.

    Attributes:
        artifact: what the manifest says of it.
        folder: the folder of the set.
        tools: programs that can read it.
        identities: private keys, where it is encrypted.
    """

    artifact: Artifact
    folder: Path
    tools: Tools
    identities: Identities | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """What it is called for people."""
        first = self.artifact.files[0].path
        return first.rpartition("/")[0] if self._directory else first

    @property
    def _directory(self) -> bool:
        return self.artifact.format == "directory"

    @property
    def _plain(self) -> bool:
        return self.artifact.format == "plain"

    def listing(self) -> str:
        """Return the table of contents as pg_restore prints it; a plain dump has none.

        Raises:
            StepFailed: pg_restore cannot read it, or there is nothing in it.
        """
        if self._plain:
            return ""
        text = b"".join(self._read(["--list"])).decode(errors="replace")
        if not TOC.search(text):
            raise StepFailed(f"{self.name}: pg_restore lists no contents")
        return text

    def encoding(self) -> str:
        """Return the encoding of the database that was dumped."""
        head = b""
        blocks = self._content() if self._plain else self._read(["--schema-only", "--section=pre-data", "--file=-"])
        for block in blocks:
            head += block
            if found := _ENCODING.search(head):
                return found[1].decode()
            if len(head) > _BLOCK:
                break
        raise StepFailed(f"{self.name}: the encoding of the dumped database does not stand in it")

    def is_one_transaction(self) -> bool:
        """Tell whether it can be restored in one transaction: a plain dump commits around its large objects."""
        if not self._plain:
            return True
        last = b""
        for block in self._content():
            if _LARGE_OBJECTS in last + block:
                return False
            last = block[-len(_LARGE_OBJECTS) :]
        return True

    def restore(
        self, settings: Mapping[str, str], options: Sequence[str], progress: Callable[[int], None] = unseen
    ) -> None:
        """Restore into the database that `settings` lead to, up to the first error.

        Args:
            settings: of libpq, complete: see `libpq.settings_of`.
            options: of pg_restore; a plain dump takes none, and is one transaction: see `is_one_transaction`.
            progress: told the bytes as they are read; pg_restore reads a directory itself.

        Raises:
            StepFailed: something in it could not be restored; without ``--single-transaction`` a part was.
            EnvironmentFault: the programs cannot be started, or are not safe for a plain dump.
        """
        environment, secrets = libpq.environment(settings), libpq.secrets(settings)
        target = "--dbname=" + feeding.conninfo(settings["dbname"])
        command: feeding.Command = [self.tools.pg_restore, "--exit-on-error", "--no-password", target, *options]
        if self._plain:
            runs = f"psql {self.tools.version} would run them"
            fault = f"a plain dump can carry commands hidden in object names, and {runs}"
            require_patched(self.tools, fault, "restore a dump of another format")
            psql: feeding.Command = [
                self._psql(),
                "--no-psqlrc",
                "--quiet",
                "--no-password",
                "--output=/dev/null",
                target,
            ]
            feeding.feed(psql, self._script(progress), environment, secrets, self.name)
        elif self._directory:
            with self._lying() as path:
                feeding.watch([*command, path], environment, secrets, self.name)
        else:
            feeding.feed(command, self._content(progress), environment, secrets, self.name)

    def rows(self, table: TableName, columns: Callable[[tuple[str, ...]], None]) -> Iterator[bytes]:
        """Yield the rows of a table as COPY takes them, and nothing else of the dump.

        Args:
            table: the table.
            columns: called with the names of its columns, before the first row.

        Raises:
            StepFailed: they do not stand in it, or it ends in their midst.
        """
        chosen = ["--data-only", f"--schema={table.schema}", f"--table={table.name}", "--file=-"]
        script = self._content() if self._plain else self._read(chosen)
        return copied(script, table, columns, self.name)

    # --- its bytes -------------------------------------------------------------------------------

    def _content(self, progress: Callable[[int], None] = unseen) -> Iterator[bytes]:
        (file,) = self.artifact.files
        return streams.reading(self.folder / file.path, None, self.artifact.encryption, self.identities, progress)

    def _script(self, progress: Callable[[int], None]) -> Iterator[bytes]:
        """Yield a plain dump as one transaction, which a script that is cut never commits."""
        yield _BEGIN
        yield from self._content(progress)
        yield b"\nCOMMIT;\n"

    def _read(self, options: Sequence[str]) -> Iterator[bytes]:
        """Yield what pg_restore writes to stdout."""
        environment = libpq.plain_environment()
        with ExitStack() as stack:
            if self._directory:
                lying = stack.enter_context(self._lying())
                yield from feeding.output([self.tools.pg_restore, *options, lying], None, environment, self.name)
            else:
                yield from feeding.output([self.tools.pg_restore, *options], self._content(), environment, self.name)

    @contextmanager
    def _lying(self) -> Iterator[Path]:
        """Give the folder of a directory dump; one that is encrypted lies decrypted in a private place meanwhile."""
        files = self.artifact.files
        if self.artifact.encryption is None:
            yield (self.folder / files[0].path).parent
            return
        with tempfile.TemporaryDirectory(prefix="planrun_") as place:
            for file in files:
                _decrypted(self.folder, file, Path(place), self)
            yield Path(place)

    def _psql(self) -> Path:
        psql = self.tools.pg_restore.with_name("psql")
        if not psql.exists():
            raise EnvironmentFault(
                f"a plain dump wants psql, and there is none in {psql.parent}",
                hint=f"install the PostgreSQL {self.tools.major} client programs",
            )
        return psql


def _decrypted(folder: Path, file: StoredFile, place: Path, archive: Archive) -> None:
    name = Path(file.path).name.removesuffix(".age")
    content = streams.reading(folder / file.path, None, archive.artifact.encryption, archive.identities)
    try:
        with (place / name).open("xb") as target:
            target.writelines(content)
    except OSError as error:
        raise disk.fault(error, place / name) from error
