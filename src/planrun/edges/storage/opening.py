"""Opens a store: which library and which credentials it takes, and that nobody on the way can read or change a byte."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planrun.core.address import Service, endpoint
from planrun.edges.storage.bucket import BucketStore
from planrun.edges.storage.credentials import missing, surroundings
from planrun.errors import EnvironmentFault, UsageFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from planrun.core.address import Address


@frozen
class Patience:
    """How often a request is made again, the longest pause before that, and how long one request may take."""

    retries: int = 8
    pause: timedelta = timedelta(seconds=15)
    timeout: timedelta = timedelta(minutes=5)


def open_bucket(
    address: Address, *, endpoint_url: str | None = None, region: str | None = None, patience: Patience | None = None
) -> BucketStore:
    """Return the store at an address; nothing is asked of it yet.

    Args:
        address: the bucket and the prefix.
        endpoint_url: of a service that speaks S3; what the environment says if not given, else AWS.
        region: of the bucket; what the environment says if not given.
        patience: with a service that fails.

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
    if address.service is not Service.S3 and (endpoint_url or region):
        raise UsageFault(f"{address}: endpoint and region are for s3:// alone")
    options = _options(address, patience or Patience())
    try:
        client = _client(store, address, options, endpoint_url, region)
    except (obstore.exceptions.BaseError, OSError, ValueError) as error:
        # Its message may repeat what it read, a key among it.
        raise EnvironmentFault(
            f"{address} cannot be opened with what the environment says of the service",
            hint=f"look at the variables {_VARIABLES[address.service]}",
        ) from error
    return BucketStore(obstore, client, address)


_VARIABLES = {Service.S3: "AWS_*", Service.GS: "GOOGLE_*", Service.AZ: "AZURE_*"}


def _client(store: Any, address: Address, options: dict[str, Any], endpoint_url: str | None, region: str | None) -> Any:
    match address.service:
        case Service.S3:
            return store.S3Store(address.bucket, **_s3(options, endpoint_url, region))
        case Service.GS:
            return store.GCSStore(address.bucket, **options)
        case Service.AZ:
            return store.AzureStore(address.bucket, **options)


def _options(address: Address, patience: Patience) -> dict[str, Any]:
    return {
        "prefix": address.prefix or None,
        "retry_config": {
            "max_retries": patience.retries,
            "retry_timeout": timedelta(minutes=4),
            "backoff": {
                "init_backoff": min(timedelta(milliseconds=200), patience.pause),
                "max_backoff": patience.pause,
                "base": 2,
            },
        },
        "client_options": {
            "allow_http": False,
            "allow_invalid_certificates": False,  # whatever the environment says
            "connect_timeout": timedelta(seconds=10),
            "timeout": patience.timeout,
            **_authority(),
        },
    }


def _s3(options: dict[str, Any], endpoint_url: str | None, region: str | None) -> dict[str, Any]:
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
    return options


def _authority() -> dict[str, Any]:
    """Return the certificates of AWS_CA_BUNDLE, trusted beside those of the system."""
    path = os.environ.get("AWS_CA_BUNDLE")
    if not path:
        return {}
    try:
        return {"root_certificate": Path(path).read_bytes()}
    except OSError as error:
        raise EnvironmentFault(
            f"AWS_CA_BUNDLE cannot be read: {error.strerror}", hint="name a file of certificates"
        ) from error
