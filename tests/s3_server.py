"""A real S3 server on loopback, and a proxy in front of it that does to requests what networks and services do.

The server is moto's, in a process of its own. The proxy asks `rule` about each request, in the order of their arrival,
and treats it as that says.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import os
import ssl
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = "s3cr3tCANARY/s3cr3tCANARY"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDCANARY", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}

_SERVER = """
import logging
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
WSGIRequestHandler.disable_nagle_algorithm = True  # else an answer waits 40 ms for an acknowledgement
logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
"""


@dataclass(frozen=True)
class Request:
    """What reached the proxy; `number` counts from 1."""

    number: int
    method: str
    path: str


@dataclass(frozen=True)
class Answer:
    """An answer that the proxy gives itself."""

    status: int
    body: bytes = b""


@dataclass(frozen=True)
class Cut:
    """The connection ends: before the request reaches the server, or within its answer after so many bytes."""

    after: int | None = None


@dataclass(frozen=True)
class Changed:
    """The server's answer, with its body changed."""

    change: Callable[[bytes], bytes]


@dataclass(frozen=True)
class Slow:
    """The server's answer, when `until` is set: how long that takes is the test's to say."""

    until: threading.Event


Verdict = Answer | Cut | Changed | Slow | None
"""None: the request goes through."""


def error(status: int, code: str) -> Answer:
    """Return an error as S3 writes it, with what it likes to repeat."""
    text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message><Echo>{SECRET}</Echo></Error>"
    return Answer(status, text.encode())


def nothing(_: Request) -> None:
    """Let everything through."""


@dataclass
class Proxy:
    """The proxy, and what reached it since `reset`."""

    server: int
    url: str = ""
    rule: Callable[[Request], Verdict] = nothing
    seen: list[Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self, rule: Callable[[Request], Verdict] = nothing) -> None:
        """Forget what was seen, and treat what comes as `rule` says."""
        with self.lock:
            self.seen, self.rule = [], rule

    def judged(self, method: str, path: str) -> Verdict:
        with self.lock:
            request = Request(len(self.seen) + 1, method, path)
            self.seen.append(request)
            return self.rule(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    proxy: Proxy

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, ssl.SSLError):  # the client was killed, gave up, or mistrusts us
            super().handle()

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        verdict = self.proxy.judged(self.command, self.path)
        if isinstance(verdict, Slow):
            verdict.until.wait(30)
        if isinstance(verdict, Answer):
            self._send(verdict.status, [], verdict.body)
            return
        if isinstance(verdict, Cut) and verdict.after is None:
            self.close_connection = True
            return
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.proxy.server, timeout=30)) as server:
            server.request(self.command, self.path, body, dict(self.headers.items()))
            found = server.getresponse()
            content = found.read()
        if isinstance(verdict, Changed):
            content = verdict.change(content)
        self._send(found.status, found.getheaders(), content, verdict.after if isinstance(verdict, Cut) else None)

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes, cut: int | None = None) -> None:
        length = [value for name, value in headers if name.lower() == "content-length"]
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", length[0] if self.command == "HEAD" and length else str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[:cut])
        self.wfile.flush()
        self.close_connection = self.close_connection or cut is not None

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815


@contextlib.contextmanager
def s3_server() -> Iterator[int]:
    """Run the server; give its port."""
    environment = os.environ | {"S3_UPLOAD_PART_MIN_SIZE": "1024"}
    with subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, env=environment) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


@contextlib.contextmanager
def proxy_to(server: int, certificate: Path | None = None) -> Iterator[Proxy]:
    """Run the proxy in front of a server; with TLS, if a file with a certificate and its key is given."""
    proxy = Proxy(server)
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": proxy})) as listening:
        listening.daemon_threads = True
        proxy.url = f"http{'s' if certificate else ''}://127.0.0.1:{listening.server_port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            listening.socket = context.wrap_socket(listening.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield proxy
        finally:
            listening.shutdown()
            thread.join()


def certificates(folder: Path) -> tuple[Path, Path]:
    """Make an authority, and a certificate of it for 127.0.0.1; return the files of both."""
    begin = datetime.now(UTC) - timedelta(days=1)

    def signed(name: str, extension: x509.ExtensionType, issuer: str, by: ec.EllipticCurvePrivateKey | None = None):
        key = ec.generate_private_key(ec.SECP256R1())
        built = (
            x509.CertificateBuilder().subject_name(_name(name)).issuer_name(_name(issuer)).public_key(key.public_key())
        )
        built = built.serial_number(x509.random_serial_number()).not_valid_before(begin)
        built = built.not_valid_after(begin + timedelta(days=2)).add_extension(extension, critical=True)
        return key, built.sign(by or key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    key, authority = signed("authority", x509.BasicConstraints(ca=True, path_length=None), "authority")
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    own, certificate = signed("server", names, "authority", key)
    form = serialization.PrivateFormat.PKCS8
    text = own.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / "authority.pem").write_bytes(authority)
    (folder / "server.pem").write_bytes(text + certificate)
    return folder / "authority.pem", folder / "server.pem"


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


@dataclass(frozen=True)
class Bucket:
    """A bucket of the server as somebody else sees it, past the proxy and past our code."""

    server: int
    name: str

    def ask(self, method: str, path: str = "", body: bytes = b"") -> tuple[int, bytes]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server, timeout=30)) as server:
            credential = (
                "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
            )
            server.request(method, f"/{self.name}{path}", body, {"Authorization": credential})
            answer = server.getresponse()
            return answer.status, answer.read()

    def names(self) -> list[str]:
        """Return the names of the first 1,000 objects."""
        return sorted(part.split(b"<")[0].decode() for part in self.ask("GET", "?list-type=2")[1].split(b"<Key>")[1:])

    def put(self, name: str, content: bytes = b"x") -> None:
        status, answer = self.ask("PUT", f"/{name}", content)
        assert status == 200, answer

    def open_uploads(self) -> int:
        """Return how many uploads in parts were begun and not ended."""
        return self.ask("GET", "?uploads")[1].count(b"<UploadId>")
