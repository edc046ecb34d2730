"""A store that is a prefix of a bucket: S3 and what speaks it, Google Cloud Storage, Azure Blob Storage.

obstore speaks to them. It sends the parts of a large object side by side, and sends again what failed on the way or at
the service. Here stand what it leaves open: that an object is read back and compared, that a request whose answer was
lost is looked at before it is made again, and how much memory that takes.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from planrun.core.address import Address, Service, endpoint
from planrun.edges.storage import words
from planrun.edges.storage.credentials import missing, surroundings
from planrun.edges.storage.folder import FolderStore
from planrun.errors import EnvironmentFault, UsageFault
from planrun.ports import Stored, unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    T = TypeVar("T")

_PART = 5 << 20  # the smallest that S3 takes
_MOST_PARTS = 10_000
_IN_FLIGHT = 15 << 20
_PIECE = 32 << 20
_BLOCK = 1 << 20
_TRIES = 3
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is made again, the longest pause before that, and how long one request may take."""

    retries: int = 8
    pause: timedelta = timedelta(seconds=15)
    timeout: timedelta = timedelta(minutes=5)


class BucketStore:
    """See `planrun.ports.Store`."""

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
                        if last is None or found["path"] > last:
                            last = found["path"]
                        if found["path"]:  # empty: the mark that a browser makes for the prefix itself
                            yield Stored(found["path"], found["size"], found["last_modified"])
            except self._library.exceptions.InvalidPathError as error:
                name = words.hidden_name(error)
                raise EnvironmentFault(
                    f"{self.address} holds an object that hides others from this listing: {name!r}",
                    hint="move it away (it is none of planrun's), or give the plan a prefix of its own",
                ) from error
            except self._failed as error:
                if attempt == _TRIES or words.is_final(error):
                    raise words.fault(error, f"{self.address} cannot be listed") from error
            else:
                return

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the content of an object; goes on where a connection broke off."""
        size = self._size(name)
        if size is None:
            raise EnvironmentFault(f"{self.address}/{name} is not there")
        position, failed = 0, 0
        while position < size:
            # Not all at once: the time that a request may take is for its whole answer.
            wanted = {"range": (position, min(position + _PIECE, size))}
            try:
                for block in self._library.get(self._client, name, options=wanted).stream(min_chunk_size=_BLOCK):
                    position += len(block)
                    failed = 0
                    yield bytes(block)
                if position < wanted["range"][1]:
                    raise ValueError("body shorter than was asked for")
            except self._failed as error:
                failed += 1
                if failed == _TRIES or words.is_final(error):
                    raise words.fault(error, f"{self.address}/{name} cannot be read") from error

    def put(self, name: str, source: Path, sha256: str, progress: Callable[[int], None] = unseen) -> None:
        """Copy a file, in parts side by side when it is large; what is there already and equal is left alone."""
        size = source.stat().st_size
        if not self._holds(name, size, sha256):
            self._send(name, lambda: self._upload(name, source, size, sha256), size, sha256)
        progress(size)

    def write(self, name: str, content: bytes) -> None:
        """Put a small document there in place of what has the name."""

        def send() -> None:
            self._library.put(self._client, name, content, use_multipart=False)

        self._send(name, send, len(content), hashlib.sha256(content).hexdigest())

    def delete(self, names: Sequence[str]) -> None:
        """Remove objects, many with one request."""
        # The service says nothing about one that was not there, except Google's and Azure's.
        present = names if self._client.__class__.__name__ == "S3Store" else [n for n in names if self._size(n) is not None]
        if present:
            self._again(lambda: self._library.delete(self._client, present), f"{self.address}: objects cannot be removed")

    # --- what they share ---------------------------------------------------------------------------

    def _send(self, name: str, send: Callable[[], None], size: int, sha256: str) -> None:
        """Send until the store gives back what was sent."""
        for attempt in range(1, _TRIES + 1):
            last = attempt == _TRIES
            try:
                send()
            except self._failed as error:
                if last or (words.is_final(error) and not self._holds(name, size, sha256)):
                    raise words.fault(error, f"{self.address}/{name} cannot be written") from error
            if self._holds(name, size, sha256):
                return
        raise EnvironmentFault(
            f"{self.address}/{name}: the store gives back another content than was sent to it",
            hint="nothing of this set counts as a backup there; look after the store, then upload again",
        )

    def _upload(self, name: str, source: Path, size: int, sha256: str) -> None:
        part = max(_PART, -(-size // _MOST_PARTS))
        blocks = self._checked(source, part, sha256)
        if size <= part:
            self._library.put(self._client, name, b"".join(blocks), use_multipart=False)
        else:
            # An error within `blocks` ends the upload, and obstore takes back the parts that were sent.
            self._library.put(
                self._client, name, blocks, chunk_size=part, max_concurrency=max(1, _IN_FLIGHT // part)
            )

    def _checked(self, source: Path, part: int, sha256: str) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for block in FolderStore(source.parent).read(source.name):
            digest.update(block)
            yield block
        if digest.hexdigest() != sha256:
            raise EnvironmentFault(f"{source} was changed or damaged since it was made: its SHA-256 does not fit")

    def _holds(self, name: str, size: int, sha256: str) -> bool:
        if self._size(name) != size:
            return False
        digest = hashlib.sha256()
        for piece in self.read(name):
            digest.update(piece)
        return digest.hexdigest() == sha256

    def _size(self, name: str) -> int | None:
        """Return the size of an object; None if there is none."""

        def look() -> int | None:
            try:
                return int(self._library.head(self._client, name)["size"])
            except FileNotFoundError:
                return None

        return self._again(look, f"{self.address}/{name} cannot be read")

    def _again(self, ask: Callable[[], T], what: str) -> T:
        """Ask, and again if the answer was lost or made no sense."""
        for attempt in count(1):
            try:
                return ask()
            except self._failed as error:
                if attempt == _TRIES or words.is_final(error):
                    raise words.fault(error, what) from error
        raise AssertionError("counting ends never")


def open_bucket(
    address: Address, *, endpoint_url: str | None = None, region: str | None = None, patience: Patience | None = None
) -> BucketStore:
    """Return the store at an address; nothing is asked of it yet.

    Raises:
        EnvironmentFault: the extra ``cloud`` is not installed, or no credentials were found.
        UsageFault: an endpoint is given for a service that has none, or would be reached without TLS.
    """
    try:
        import obstore  # noqa: PLC0415  a heavy library
        import obstore.exceptions  # noqa: PLC0415
        from obstore import store  # noqa: PLC0415
    except ImportError as error:
        raise missing("obstore") from error
    patience = patience or Patience()
    if address.service is not Service.S3 and (endpoint_url or region):
        raise UsageFault(f"{address}: endpoint and region are for s3:// alone")
    options: dict[str, Any] = {
        "prefix": address.prefix or None,
        "retry_config": {
            "max_retries": patience.retries,
            "retry_timeout": timedelta(minutes=4),
            "backoff": {"init_backoff": min(timedelta(milliseconds=200), patience.pause), "max_backoff": patience.pause},
        },
        "client_options": {
            "allow_http": False,
            "allow_invalid_certificates": False,  # whatever the environment says
            "connect_timeout": timedelta(seconds=10),
            "timeout": patience.timeout,
        }
        | _authority(),
    }
    match address.service:
        case Service.S3:
            client = _s3(store.S3Store, address, endpoint_url, region, options)
        case Service.GS:
            client = store.GCSStore(address.bucket, **options)
        case Service.AZ:
            client = store.AzureStore(address.bucket, **options)
    return BucketStore(obstore, client, address)


def _s3(make: Any, address: Address, endpoint_url: str | None, region: str | None, options: dict[str, Any]) -> Any:
    around = surroundings()
    if given := endpoint_url or around.endpoint:
        given = endpoint(given)
        # The second wins over the first, wherever it comes from.
        options |= {"endpoint": given, "aws_endpoint_url_s3": given}
        options["client_options"]["allow_http"] = given.startswith("http://")
    if region or around.region:
        options["region"] = region or around.region
    if around.provider:
        options["credential_provider"] = around.provider
    return make(address.bucket, **options)


def _authority() -> dict[str, Any]:
    """Return the certificates of AWS_CA_BUNDLE, trusted beside those of the system."""
    path = os.environ.get("AWS_CA_BUNDLE")
    if not path:
        return {}
    try:
        return {"root_certificate": Path(path).read_bytes()}
    except OSError as error:
        raise EnvironmentFault(f"AWS_CA_BUNDLE cannot be read: {error.strerror}", hint="name a file of certificates") from error
