"""A server on a loopback address that answers as publishers do, on their good days and bad ones."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Addresses with what each answers, and the requests that came, with their headers."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []

    def put(self, path: str, answer: Answer) -> str:
        """Let a path answer so, and return its address."""
        self.answers[path] = answer
        return self.base + path

    def asked(self) -> list[str]:
        """Return the paths that were asked for, and forget them."""
        paths = [path for path, _ in self.requests]
        self.requests.clear()
        return paths


@contextmanager
def serving() -> Iterator[Server]:
    """Serve on a free port until the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.requests.append((self.path, dict(self.headers)))
            try:
                server.answers.get(
                    self.path, status(404, b"<Error><Code>NoSuchKey</Code></Error>")
                )(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing: who talks TLS here is meant to fail."""

    http = Quiet(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = Server(http.server_address[1])
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def send(handler: BaseHTTPRequestHandler, code: int, content: bytes, **headers: str) -> None:
    """Answer with a status, a body and headers, whose names have underscores for hyphens."""
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    if "Content_Length" not in headers and "Transfer_Encoding" not in headers:
        handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def status(code: int, content: bytes = b"", **headers: str) -> Answer:
    """Answer always so."""
    return lambda handler: send(handler, code, content, **headers)


def body(content: bytes, etag: str = "") -> Answer:
    """Answer with a body, or with 304 to whoever knows its tag."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if etag and handler.headers.get("If-None-Match") == etag:
            send(handler, 304, b"", ETag=etag)
        else:
            send(handler, 200, content, **({"ETag": etag} if etag else {}))

    return answer


def packed(content: bytes) -> Answer:
    """Answer with a body packed by gzip."""
    return status(200, gzip.compress(content), Content_Encoding="gzip")


def cut_off(content: bytes) -> Answer:
    """Promise more than is sent."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        send(handler, 200, content, Content_Length=str(2 * len(content)))

    return answer


def drip(seconds: float) -> Answer:
    """Send a byte now and then, without end."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(seconds)

    return answer


def drip_headers(seconds: float) -> Answer:
    """Send a byte of a header now and then, so that no line of it ever ends."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(1000):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(seconds)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """Answer differently each time, the last one for good."""
    left = list(answers)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        now = left.pop(0) if len(left) > 1 else left[0]
        now(handler)

    return answer


NOWHERE = status(404, b"<Error><Code>NoSuchKey</Code></Error>")
