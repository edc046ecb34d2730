"""Backup files in the age format (age-encryption.org/v1), which authenticates every block of 64 KiB.

pyrage (the extra ``encrypt``) is imported where it is needed. The plan names public keys alone; a private key is
read from the file that a person names, and kept nowhere.
"""

from __future__ import annotations

import os
import threading
from dataclasses import field
from typing import TYPE_CHECKING, Any

from planrun.edges.backups import disk
from planrun.errors import EnvironmentFault, Fault, UsageFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from planrun.edges.backups.disk import Block

WORD = "age"
"""How the manifest calls it."""

_BLOCK = 1 << 20
_LIMIT = 1 << 20
_CURE = "pip install 'planrun[encrypt]'"


@frozen
class Identities:
    """Private keys, as pyrage holds them; never shown."""

    keys: tuple[Any, ...] = field(repr=False)


def faults(recipients: Sequence[str]) -> tuple[Fault, ...]:
    """Return why files cannot be encrypted for `recipients`; empty if they can, or if there are none."""
    if not recipients:
        return ()
    try:
        import pyrage  # noqa: F401, PLC0415 - loaded by those who encrypt alone
    except ImportError:
        return (Fault("encrypt: wanted the library pyrage, which is not installed", hint=_CURE),)
    return tuple(fault for text in recipients if isinstance(fault := _recipient(text), Fault))


def encrypt(blocks: Iterable[Block], write: Callable[[bytes], object], recipients: Sequence[str]) -> None:
    """Hand `blocks` to `write`, encrypted so that each of `recipients` can read them.

    Raises:
        UsageFault: a recipient is not one, or pyrage is not installed; what `blocks` and `write` raise goes through.
    """
    if found := faults(recipients):
        raise UsageFault("; ".join(fault.message for fault in found), hint=found[0].hint)
    import pyrage  # noqa: PLC0415

    ends = _Ends(blocks, write)
    try:
        pyrage.encrypt_io(ends, ends, [_recipient(text) for text in recipients])
    except (pyrage.EncryptError, OSError) as error:
        if ends.broken is not None:
            raise ends.broken from None
        raise EnvironmentFault(f"the file cannot be encrypted: {error}") from error


def decrypt(source: BinaryIO, identities: Identities) -> Iterator[bytes]:
    """Yield the content of an encrypted file, block by block; each was authenticated, the end only with the last.

    Raises:
        EnvironmentFault: none of the keys fits, or the file was damaged or cut.
    """
    import pyrage  # noqa: PLC0415 - who has identities has it

    receiving, sending = os.pipe()
    broken: list[BaseException] = []

    def work() -> None:
        try:
            with os.fdopen(sending, "wb", _BLOCK) as sink:
                pyrage.decrypt_io(source, sink, identities.keys)
        except BaseException as error:  # noqa: BLE001 - told by the thread that reads
            broken.append(error)

    # pyrage pushes; a pipe turns that around. Who stops reading closes it, which ends the thread.
    thread = threading.Thread(target=work, name="planrun decrypt", daemon=True)
    thread.start()
    try:
        with os.fdopen(receiving, "rb", 0) as content:
            while block := content.read(_BLOCK):
                yield block
    finally:
        thread.join()
    for error in broken:
        raise _unreadable(error)


def read_identities(path: Path) -> Identities:
    """Return the private keys of a file: lines ``AGE-SECRET-KEY-1...``, or one private key of SSH without passphrase.

    Raises:
        UsageFault: the file holds no such key, or pyrage is not installed; never shows what stands in it.
        EnvironmentFault: the file cannot be read.
    """
    try:
        import pyrage  # noqa: PLC0415
    except ImportError:
        raise UsageFault("an encrypted backup wants the library pyrage, which is not installed", hint=_CURE) from None
    try:
        with path.open("rb") as file:
            content = file.read(_LIMIT)
    except OSError as error:
        raise disk.fault(error, path, "read") from error
    try:
        if b"-----BEGIN" in content:
            return Identities((pyrage.ssh.Identity.from_buffer(content),))
        lines = [line.strip() for line in content.decode("ascii").splitlines()]
        keys = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (pyrage.IdentityError, ValueError):
        keys = []
    if not keys:
        raise UsageFault(
            f"{path} holds no private key that can be used",
            hint="name a file as age-keygen writes it, or a private key of SSH without a passphrase",
        )
    return Identities(tuple(keys))


class _Ends:
    """What pyrage reads from and writes to; keeps the exception of either, of which pyrage would keep the text."""

    def __init__(self, blocks: Iterable[Block], write: Callable[[bytes], object]) -> None:
        self.broken: BaseException | None = None
        self._blocks = iter(blocks)
        self._write = write
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        try:
            while not self._rest:
                block = next(self._blocks, None)
                if block is None:
                    return b""
                self._rest = memoryview(block)
        except BaseException as error:
            self.broken = error
            raise
        part, self._rest = self._rest[:size], self._rest[size:]
        return bytes(part)

    def write(self, block: bytes) -> int:
        try:
            self._write(block)
        except BaseException as error:
            self.broken = error
            raise
        return len(block)

    def flush(self) -> None:
        """The file flushes itself."""


def _recipient(text: str) -> Any:
    import pyrage  # noqa: PLC0415

    try:
        kind = pyrage.ssh if text.startswith("ssh-") else pyrage.x25519
        return kind.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        return Fault(f"encrypt: {text[:80]} is no public key of age or SSH: {error}", hint="see age-keygen(1)")


def _unreadable(error: BaseException) -> EnvironmentFault:
    if "No matching keys" in str(error):
        return EnvironmentFault(
            "the backup was encrypted for other keys than that of the identity, or its head was damaged",
            hint="name the private key that belongs to one of the plan's recipients with --identity",
        )
    return EnvironmentFault(f"the encrypted file was damaged or cut: {error}")
