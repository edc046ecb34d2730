"""Who we are to an S3 service: what the provider's own chain says, and never anything of a plan or a command line.

Keys in the environment are read by obstore itself. Everything else (profiles, single sign-on, roles, the metadata of a
container or a machine) is found by AWS's own library, which is loaded only then.
"""

from __future__ import annotations

import os
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from planrun.errors import EnvironmentFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_FRESH = timedelta(minutes=5)  # botocore renews what expires ten minutes ahead


@frozen
class Surroundings:
    """What the machine says about S3; `provider` is asked for credentials now and then, None: obstore has them.

    Nothing of it is shown in a message or as text.
    """

    endpoint: str | None
    region: str | None
    provider: Callable[[], dict[str, Any]] | None = field(repr=False)


def surroundings() -> Surroundings:
    """Return what environment, configuration files or the machine's metadata say.

    Raises:
        EnvironmentFault: there are no credentials anywhere, or a configuration cannot be used.
    """
    endpoint, region = (
        next((value for name in names if (value := os.environ.get(name))), None) for names in (_ENDPOINTS, _REGIONS)
    )
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        return Surroundings(endpoint, region, None)
    try:
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415  loaded only where it is needed
        from botocore.session import Session  # noqa: PLC0415
    except ImportError as error:
        raise missing("botocore") from error
    try:
        session = Session()
        credentials = session.get_credentials()
        profile = session.get_scoped_config()
        region = region or session.get_config_variable("region")
    except BotoCoreError as error:
        # Its messages name profiles, files and programs; what a program or a file said is not in them.
        raise EnvironmentFault(f"the AWS configuration cannot be used: {error}", hint=_HINT) from error
    if credentials is None:
        raise EnvironmentFault(
            "no credentials for the object store were found: neither in the environment, nor in the profile "
            f"{session.profile or 'default'!r}, nor from this machine",
            hint=_HINT,
        )

    def provide() -> dict[str, Any]:
        frozen = credentials.get_frozen_credentials()
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": datetime.now(UTC) + _FRESH,  # noqa: TID251  of this machine, which asks again then
        }

    return Surroundings(endpoint or profile.get("endpoint_url"), region, provide)


def missing(library: str) -> EnvironmentFault:
    """Return the error to raise where a library of the extra ``cloud`` is not installed."""
    return EnvironmentFault(
        f"object stores want the library {library}, which is not installed", hint="pip install 'planrun[cloud]'"
    )


_HINT = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; never in the plan"
