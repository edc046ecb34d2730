"""A real SMTP server on loopback, in this process: with or without STARTTLS, with or without a login."""

from __future__ import annotations

import email
import email.policy
import ssl
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

USER, PASSWORD = "sender", "canary-smtp"


@dataclass
class Mailbox:
    """What the server accepted; `raw` as it came over the wire.

    Attributes:
        port: where the server listens.
        authority: the file with the certificate of a server that speaks TLS, which clients have to trust.
    """

    port: int = 0
    authority: Path | None = None
    raw: list[bytes] = field(default_factory=list)
    logins: list[bool] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    @property
    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.raw]

    @property
    def url(self) -> str:
        """The address for apprise, without TLS; text mail to two people."""
        return f"mailto://127.0.0.1:{self.port}?from=planrun@example.org&to=dba@example.org"

    @property
    def safe_url(self) -> str:
        """The address with STARTTLS and a login."""
        login = f"{USER}:{PASSWORD}@localhost:{self.port}"
        return f"mailtos://{login}?smtp=localhost&from=planrun@example.org&to=dba@example.org&mode=starttls&cto=2"

    async def handle_DATA(self, server, session, envelope):  # noqa: ARG002, N802  aiosmtpd's signature
        self.raw.append(envelope.content)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"

    def authenticate(self, server, session, envelope, mechanism, data):  # noqa: ARG002  the same
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.logins.append(good)
        return AuthResult(success=good)


@contextmanager
def smtp_server(folder: Path | None = None) -> Iterator[Mailbox]:
    """Run a server while the block runs; with a folder for its certificate it wants STARTTLS and a login."""
    box = Mailbox()
    options = {}
    if folder is not None:
        box.authority = folder / "certificate.pem"
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(box.authority, _certificate(folder))
        options = {
            "tls_context": context,
            "require_starttls": True,
            "authenticator": box.authenticate,
            "auth_required": True,
        }
    controller = _OnAnyPort(box, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()


class _OnAnyPort(Controller):
    """Listens on a port of the system's choice; aiosmtpd would look for the one that it was given."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _certificate(folder: Path) -> Path:
    key = folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", key, "-out", folder / "certificate.pem", "-days", "1", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return key
