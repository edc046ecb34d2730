"""Sends a message to mail, chats and webhooks [apprise]; the addresses are secrets, and nothing here repeats them.

They come from an environment variable. What goes over a network is encrypted, its certificate is verified, and no
redirect is followed: a message goes where the person who set the variable wanted it, and nowhere else.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.notice import Notice

_BETWEEN = re.compile(r"[\s,]+(?=[A-Za-z0-9+.-]+://)")
_CURE = "set it to addresses as apprise takes them, separated by spaces, such as mailtos://user:password@host"

_NO_MORE = "what a library says of an address could hold a secret, and is not shown; apprise -vv by hand shows it"


def urls(variable: str) -> tuple[str, ...]:
    """Return the addresses that an environment variable holds; they are secrets.

    Raises:
        EnvironmentFault: it is not set, or holds none.
    """
    found = tuple(url for url in _BETWEEN.split(os.environ.get(variable, "").strip()) if url)
    if not found:
        raise EnvironmentFault(f"{variable}, which the plan names for notifications, holds no address", hint=_CURE)
    return found


def send(notice: Notice, variable: str) -> int:
    """Send a message to every address; return how many there are.

    Raises:
        EnvironmentFault: apprise is missing, an address cannot be used, or a message was not accepted; those that could
            be sent were sent.
    """
    with _silence():
        apprise = _apprise()
        asset = apprise.AppriseAsset(
            app_id="planrun",
            app_desc="planrun",
            app_url="",
            async_mode=False,
            http_redirects=False,
            storage_mode="memory",
            secure_logging=True,
        )
        given = urls(variable)
        faults = [
            f"address {number} of {variable} {fault}"
            for number, url in enumerate(given, 1)
            if (fault := _sent(apprise, asset, url, notice))
        ]
    if faults:
        raise EnvironmentFault("; ".join(faults), hint=_NO_MORE)
    return len(given)


def _apprise() -> Any:
    try:
        import apprise  # noqa: PLC0415  a heavy library, loaded only where a message is sent
    except ImportError as error:
        raise EnvironmentFault(
            "notifications want the library apprise, which is not installed", hint="pip install 'planrun[notify]'"
        ) from error
    return apprise


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the libraries below from logging and warning: what they say holds addresses, with what is secret in them."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _sent(apprise: Any, asset: Any, url: str, notice: Notice) -> str | None:
    """Send to one address; return what is wrong, or None."""
    try:
        service = apprise.Apprise.instantiate(url, asset=asset)
        if service is None:
            return "is none that apprise knows, or lacks a part"
        if fault := _unsafe(service):
            return f"({service.service_name}) {fault}"
        sender = apprise.Apprise(asset=asset)
        sender.add(service)
        done = sender.notify(title=notice.subject, body=notice.body, body_format=apprise.NotifyFormat.TEXT)
    except Exception as error:  # noqa: BLE001  whatever a library raises: its text may hold the address
        return f"failed with a {type(error).__name__}"
    return None if done else f"({service.service_name}) did not take it"


def _unsafe(service: Any) -> str | None:
    """Return why a message must not go there, or None."""
    host = str(getattr(service, "smtp_host", None) or getattr(service, "host", None) or "")
    if not _is_encrypted(service) and not _is_here(host):
        return "is not encrypted: only a server on this machine may be reached so; use mailtos://, jsons:// and so on"
    if not service.verify_certificate:
        return "does not verify the certificate: remove verify=no"
    if service.redirects:
        return "follows redirects: remove redirect=yes"
    return None


def _is_encrypted(service: Any) -> bool:
    if mode := getattr(service, "secure_mode", None):  # a mail server
        return bool(mode != "insecure")
    return bool(service.secure) or not service.protocol  # without a protocol in the clear it has one alone


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
