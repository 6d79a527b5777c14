"""Servers of somebody else's on this machine: they keep what they were sent, and answer as they are told."""

import contextlib
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Theirs:
    """`status` is what it answers, `to` where it redirects to, `drip` how long it takes between two bytes. `got` is (path, headers, body)."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        self.to = ""
        self.drip = 0.0
        self.lock = threading.Lock()
        theirs = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with theirs.lock:
                    theirs.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                if theirs.drip:
                    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                        time.sleep(theirs.drip)
                self.send_response(theirs.status)
                if theirs.to:
                    self.send_header("Location", theirs.to)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                theirs.got.append((self.path, {}, b""))
                self.send_response(200)
                self.end_headers()

            def handle(self) -> None:
                with contextlib.suppress(OSError):  # whoever asked has left
                    super().handle()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/huitou"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Mail:
    """A mail server that takes everything: `got` is each letter as it came."""

    def __init__(self) -> None:
        self.got: list[str] = []
        mail = self

        class Door(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"220 here\r\n")
                while line := self.rfile.readline():
                    verb = line[:4].upper().strip()
                    if verb == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        mail.got.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
                    self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 good\r\n")
                    if verb == b"QUIT":
                        return

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return (
            f"mailto://127.0.0.1:{self.server.server_address[1]}?from=shop@example.com&to=mei@example.com&mode=insecure"
        )

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
