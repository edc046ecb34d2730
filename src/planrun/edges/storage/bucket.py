"""A store that is a prefix of a bucket: S3 and what speaks it, Google Cloud Storage, Azure Blob Storage.

obstore speaks to them. It sends the parts of a large object side by side, and sends again what failed on the way or at
the service. Here stands what it leaves open: that an object is read back and compared, that a request whose answer was
lost is looked at before it is made again, and how much memory that takes.
"""

from __future__ import annotations

import hashlib
from itertools import count
from typing import TYPE_CHECKING, Any

from planrun.edges.storage import words
from planrun.edges.storage.folder import FolderStore, damaged
from planrun.errors import EnvironmentFault, NotAsSaved
from planrun.ports import Stored, unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from planrun.core.address import Address

PART = 5 << 20
"""The bytes of a part: the fewest that S3 takes. A file of more than 50 GB has larger ones, for S3 takes 10,000."""

_MOST_PARTS = 10_000
_IN_FLIGHT = 10 << 20
_PIECE = 32 << 20
_BLOCK = 1 << 20
_PAGE = 1000
_TRIES = 3


class BucketStore:
    """See `planrun.ports.Store`.

    Args:
        library: obstore, which is loaded by whoever opens a store.
        client: its client for the bucket and the prefix.
        address: how people name it.
    """

    def __init__(self, library: Any, client: Any, address: Address) -> None:
        self.address = str(address)
        self._library = library
        self._client = client
        self._failed = (library.exceptions.BaseError, OSError, ValueError)

    def list(self, prefix: str = "") -> Iterator[Stored]:
        """Yield the objects below, a page of the service at a time."""
        last = None
        for attempt in count(1):
            try:
                for page in self._library.list(self._client, prefix or None, offset=last, chunk_size=_PAGE):
                    for found in page:
                        last = max(last or "", found["path"])
                        if found["path"]:  # empty: the mark that a browser makes for the prefix itself
                            yield Stored(found["path"], found["size"])
            except self._library.exceptions.InvalidPathError as error:
                raise EnvironmentFault(
                    f"{self.address} holds an object that hides others from a listing: {words.hidden_name(error)!r}",
                    hint="it is none of planrun's: move it away, or give the plan a prefix of its own",
                ) from error
            except self._failed as error:
                if attempt == _TRIES or words.is_final(error):
                    raise words.fault(error, f"{self.address} cannot be listed") from error
            else:
                return

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the content of an object; goes on where a connection broke off."""
        return self._content(name)

    def put(self, name: str, source: Path, sha256: str, progress: Callable[[int], None] = unseen) -> None:
        """Copy a file, in parts side by side when it is large; what is there already and equal is left alone.

        The progress is told one half of the bytes when they are sent, and the other when they are read back.
        """
        size = source.stat().st_size
        steps = _Progress(progress)
        if not self._holds(name, size, sha256):
            self._send(name, lambda: self._upload(name, source, size, sha256, steps), size, sha256, steps)
        steps.reached(size)

    def write(self, name: str, content: bytes) -> None:
        """Put a small document there in place of what has the name."""

        def send() -> None:
            self._library.put(self._client, name, content, use_multipart=False)

        self._send(name, send, len(content), hashlib.sha256(content).hexdigest(), _Progress(unseen))

    def delete(self, names: Sequence[str]) -> None:
        """Remove objects, many with one request where the service can."""
        for name in [names] if len(names) > 1 else names:
            for attempt in count(1):
                try:
                    self._library.delete(self._client, name)
                except FileNotFoundError as error:
                    if len(names) > 1:  # nobody knows what became of the others
                        raise words.fault(error, f"{self.address}: objects cannot be removed") from error
                except self._failed as error:
                    if attempt == _TRIES or words.is_final(error):
                        raise words.fault(error, f"{self.address}: objects cannot be removed") from error
                    continue
                break

    # --- what they share ---------------------------------------------------------------------------

    def _send(self, name: str, send: Callable[[], None], size: int, sha256: str, steps: _Progress) -> None:
        """Send until the store gives back what was sent."""
        for attempt in range(1, _TRIES + 1):
            try:
                send()
            except self._failed as error:
                # The answer to a request that was carried out may have been lost: look before giving up.
                if self._holds(name, size, sha256, steps):
                    return
                if attempt == _TRIES or words.is_final(error):
                    raise words.fault(error, f"{self.address}/{name} cannot be written") from error
            else:
                if self._holds(name, size, sha256, steps):
                    return
        raise EnvironmentFault(
            f"{self.address}/{name}: the store gives back another content than was sent to it",
            hint="nothing of this set counts as a backup there; look after the store, then upload again",
        )

    def _upload(self, name: str, source: Path, size: int, sha256: str, steps: _Progress) -> None:
        part = max(PART, -(-size // _MOST_PARTS))
        blocks = _checked(source, size, sha256, steps)
        if size <= part:
            self._library.put(self._client, name, b"".join(blocks), use_multipart=False)
        else:
            # An error within `blocks` ends the upload, and obstore takes back the parts that were sent.
            self._library.put(self._client, name, blocks, chunk_size=part, max_concurrency=max(1, _IN_FLIGHT // part))

    def _holds(self, name: str, size: int, sha256: str, steps: _Progress | None = None) -> bool:
        digest, done = hashlib.sha256(), 0
        try:
            for block in self._content(name, size):
                digest.update(block)
                done += len(block)
                if steps is not None:
                    steps.reached((size + done) // 2)
        except _NotThere:
            return False
        return digest.hexdigest() == sha256

    def _content(self, name: str, size: int | None = None) -> Iterator[bytes]:
        """Yield the content of an object; if there is none of that name, and of that size, `_NotThere` is raised."""
        where = f"{self.address}/{name}"
        position, total, failed = 0, 1, 0
        while position < total:
            # Not all at once: the time that a request may take is for its whole answer.
            end = position + _PIECE
            try:
                answer = self._library.get(self._client, name, options={"range": (position, end)})
                total = answer.meta["size"]
                if size not in {None, total}:
                    break
                for block in answer.stream(min_chunk_size=_BLOCK):
                    position += len(block)
                    failed = 0
                    yield bytes(block)
                if position < min(end, total):
                    raise ValueError("the body is shorter than was asked for")
            except FileNotFoundError as error:
                raise _NotThere(f"{where} is not there") from error
            except self._failed as error:
                if position == 0 and words.is_empty(error):
                    total = 0
                    continue
                failed += 1
                if failed == _TRIES or words.is_final(error):
                    raise words.fault(error, f"{where} cannot be read") from error
        if size not in {None, total}:
            raise _NotThere(f"{where} has another size")


class _NotThere(NotAsSaved):
    """There is no object of that name, or none of the size that was looked for."""


class _Progress:
    """Tells a progress how far the work came, however often parts of it are done again."""

    def __init__(self, told: Callable[[int], None]) -> None:
        self._told = told
        self._furthest = 0

    def reached(self, done: int) -> None:
        """Tell what came since the furthest point so far."""
        if done > self._furthest:
            self._told(done - self._furthest)
            self._furthest = done


def _checked(source: Path, size: int, sha256: str, steps: _Progress) -> Iterator[bytes]:
    """Yield a file; its last block only if all of it was what it should be, so that no other one is ever completed."""
    digest, done, last = hashlib.sha256(), 0, b""
    for block in FolderStore(source.parent).read(source.name):
        digest.update(block)
        done += len(block)
        steps.reached(min(done, size) // 2)
        if last:
            yield last
        last = block
    if (done, digest.hexdigest()) != (size, sha256):
        raise damaged(source.name)
    yield last
