"""A real S3 server on loopback, and a proxy in front of it that does to requests what networks and services do.

The server is moto's, a process of its own: one for a test process. The proxy asks `rule` about each request, in
the order of their arrival, and treats it as that says.
"""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIDCANARY",
    "AWS_SECRET_ACCESS_KEY": "s3cr3tCANARYs3cr3t",
    "AWS_REGION": "eu-west-1",
}

_SERVER = """
import logging, sys
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
logging.getLogger("werkzeug").setLevel(logging.ERROR)
app = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, app, threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
"""


@dataclass(frozen=True)
class Request:
    """What reached the proxy: `number` counts from 1."""

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
    """The connection ends: before the request reaches the server, or within the answer after so many bytes."""

    after: int | None = None


@dataclass(frozen=True)
class Changed:
    """The server's answer, with its body changed."""

    change: Callable[[bytes], bytes]


def error(status: int, code: str) -> Answer:
    """Return an error as S3 writes it."""
    return Answer(status, f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode())


@dataclass
class Proxy:
    """The proxy; `rule` may be replaced between requests, `seen` holds all that came since it was emptied."""

    server: int
    rule: Callable[[Request], Answer | Cut | Changed | None] = lambda _: None
    seen: list[Request] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def arrived(self, method: str, path: str) -> Request:
        with self._lock:
            request = Request(len(self.seen) + 1, method, path)
            self.seen.append(request)
        return request

    def clear(self, rule: Callable[[Request], Answer | Cut | Changed | None] = lambda _: None) -> None:
        self.seen, self.rule = [], rule


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def log_message(self, *_: object) -> None:
        pass

    def _any(self) -> None:
        request = self.proxy.arrived(self.command, self.path)
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        verdict = self.proxy.rule(request)
        if isinstance(verdict, Answer):
            self._send(verdict.status, [], verdict.body)
            return
        if isinstance(verdict, Cut) and verdict.after is None:
            self.close_connection = True
            return
        server = http.client.HTTPConnection("127.0.0.1", self.proxy.server, timeout=60)
        server.request(self.command, self.path, body, dict(self.headers.items()))
        answer = server.getresponse()
        content = answer.read()
        server.close()
        if isinstance(verdict, Changed):
            content = verdict.change(content)
        cut = verdict.after if isinstance(verdict, Cut) else None
        self._send(answer.status, answer.getheaders(), content, cut)

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes, cut: int | None = None) -> None:
        length = [value for name, value in headers if name.lower() == "content-length"]
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", length[0] if self.command == "HEAD" and length else str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content if cut is None else content[:cut])
        self.close_connection = self.close_connection or cut is not None

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _any  # noqa: N815


@contextlib.contextmanager
def s3_server() -> Iterator[int]:
    """Run the server; give its port."""
    process = subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@contextlib.contextmanager
def proxy_to(server: int) -> Iterator[Proxy]:
    """Run the proxy in front of a server."""
    proxy = Proxy(server)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        listening.daemon_threads = True
        proxy.url = f"http://127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield proxy
        finally:
            listening.shutdown()
            thread.join()
