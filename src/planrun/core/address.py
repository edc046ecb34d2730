"""The address of a place in an object store, such as ``s3://bucket/prefix``, and which endpoints may be spoken to.

Neither holds a credential. One that does is refused, in words that do not repeat it.
"""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum
from urllib.parse import urlsplit

from planrun.errors import UsageFault
from planrun.frozen import frozen

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_SEGMENT = re.compile(r"[A-Za-z0-9!_.*'()=,+ -]+")
_SECRET_HINT = "credentials come from the provider's environment, files or machine, such as AWS_PROFILE"  # noqa: S105  a sentence


class Service(StrEnum):
    """What an address begins with: S3 and what speaks it, Google Cloud Storage, Azure Blob Storage."""

    S3 = "s3"
    GS = "gs"
    AZ = "az"


@frozen
class Address:
    """A bucket (a container on Azure) and what the names of our objects in it begin with; `prefix` may be empty."""

    service: Service
    bucket: str
    prefix: str = ""

    def __str__(self) -> str:
        """Return the address as it is written; there is never a secret in it."""
        return f"{self.service}://{self.bucket}/{self.prefix}".rstrip("/")

    def split(self) -> tuple[Address, str]:
        """Return the address of a set as that of its store and the name of the set; the name may be empty."""
        store, _, name = self.prefix.rpartition("/")
        return Address(self.service, self.bucket, store), name


def is_address(text: str) -> bool:
    """Return whether the text means to be an address and not a path."""
    return "://" in text


def address(text: str) -> Address:
    """Return what an address says.

    Raises:
        UsageFault: it is none, or holds what may be a credential; then it is not repeated.
    """
    service, _, rest = text.partition("://")
    if any(sign in rest for sign in "@?#:"):
        raise UsageFault(
            "wanted an address such as s3://bucket/prefix, found one with more in it (not repeated here)",
            hint=_SECRET_HINT,
        )
    if service not in list(Service):
        raise UsageFault("wanted an address such as s3://bucket/prefix (or gs://, az://), found another text")
    bucket, _, prefix = rest.partition("/")
    segments = prefix.rstrip("/").split("/") if prefix else []
    if not _BUCKET.fullmatch(bucket):
        raise UsageFault(f"{text!r} does not name a bucket: wanted 2 to 63 letters, digits, dots or hyphens")
    for part in segments:
        if part in {".", ".."} or not _SEGMENT.fullmatch(part):
            raise UsageFault(
                f"{text!r}: the prefix holds {part!r}",
                hint="use letters, digits and !_.*'()=,+- between single slashes",
            )
    return Address(Service(service), bucket, "/".join(segments))


def endpoint(text: str) -> str:
    """Return the address of a service that speaks S3, if what is sent there is safe on the way.

    Raises:
        UsageFault: it is no address, holds what may be a credential, or would be reached without TLS.
    """
    if any(sign in text for sign in "@?#"):
        raise UsageFault(
            "wanted an endpoint such as https://s3.example.org, found one with more in it (not repeated here)",
            hint=_SECRET_HINT,
        )
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        raise UsageFault(f"wanted an endpoint such as https://s3.example.org, found {text!r}")
    if parts.scheme == "http" and not _is_loopback(host):
        raise UsageFault(
            f"{text!r} is reached without TLS, so that everybody on the way could read and change the backups",
            hint="use https://; http:// is for this machine alone (localhost, 127.0.0.1, [::1])",
        )
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
