"""An engine behind a line that loses an answer: the request arrives and is done, and its sender never hears of it."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PASSED_ON = ("x-amz-target", "x-amz-date", "authorization", "content-type", "x-amz-security-token")


@dataclass(slots=True)
class Lossy:
    """Where it is, and the operations whose next answer is lost."""

    url: str
    losing: set[str] = field(default_factory=set)


@contextmanager
def lossy(engine: str) -> Generator[Lossy]:
    """A line to an engine, by its URL."""
    line = Lossy("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: value for name, value in self.headers.items() if name.lower() in PASSED_ON}
            try:
                with urllib.request.urlopen(urllib.request.Request(engine, body, headers)) as answer:
                    status, text = answer.status, answer.read()
            except urllib.error.HTTPError as error:
                status, text = error.code, error.read()
            operation = self.headers["X-Amz-Target"].split(".")[1]
            if operation in line.losing and status == 200:
                line.losing.remove(operation)
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    line.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
