"""What Flask and Werkzeug do at every request, without what this app never uses: a third of what a small answer costs.

Nothing here has rules of its own. Whatever is unusual (an upload, an odd address, a stream) goes Werkzeug's own way.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import BadHost, ClientDisconnected
from werkzeug.routing import MapAdapter
from werkzeug.sansio.http import parse_cookie
from werkzeug.sansio.utils import get_host
from werkzeug.utils import cached_property

URLENCODED = "application/x-www-form-urlencoded"
_PLAIN_FORM = re.compile(r"[\w.~*&=-]*", re.ASCII)  # nothing in it is written in another way than it is meant
_PLAIN_ADDRESS = re.compile(r"/[\w/.~?&=-]*", re.ASCII)
_NULL = NullSession()


class Asked(Request):
    """A request whose small form is read in one go, and its cookies where they lie."""

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        return parse_cookie(self.environ.get("HTTP_COOKIE"), cls=self.dict_storage_class)  # type: ignore[return-value]

    def _load_form_data(self) -> None:
        length = self.environ.get("CONTENT_LENGTH", "")
        usual = self.environ.get("CONTENT_TYPE") == URLENCODED and length.isdecimal()
        seen = self.__dict__.keys() & {"form", "stream", "_cached_data"}
        if (
            not usual
            or seen
            or int(length) > (self.max_content_length or 0)
            or "HTTP_TRANSFER_ENCODING" in self.environ
        ):
            super()._load_form_data()
            return
        body = self.environ["wsgi.input"].read(int(length))
        if len(body) < int(length):
            raise ClientDisconnected
        kind = self.parameter_storage_class
        self.__dict__.update(stream=BytesIO(), form=kind(_pairs(body)), files=kind())


class Reply(Response):
    """An answer that is handed to the server in one pass over its headers. `usual` are those it gets unless it has its own."""

    usual: tuple[tuple[str, str], ...] = ()

    def get_wsgi_response(self, environ: dict[str, Any]) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        headers = self.headers.to_wsgi_list()
        names = {name.lower() for name, _ in headers}
        pieces: Iterable[bytes]
        if self._is_plain(names):
            whole = [piece.encode() if isinstance(piece, str) else piece for piece in self.response]
            pieces = () if environ["REQUEST_METHOD"] == "HEAD" else whole
            if "content-length" not in names:
                headers.append(("Content-Length", str(sum(map(len, whole)))))
        else:
            pieces, _, headers = super().get_wsgi_response(environ)
        for usual in self.usual:
            if usual[0].lower() not in names:
                headers.append(usual)
            elif usual[0] == "Vary":  # both hold
                headers[:] = [
                    (name, f"{value}, {usual[1]}" if name.lower() == "vary" else value) for name, value in headers
                ]
        return pieces, self.status, headers

    def _is_plain(self, names: set[str]) -> bool:
        """Is there nothing to take away, to write in another way, or to close at the end?"""
        if self.status_code < 200 or self.status_code in (204, 304) or "content-location" in names:
            return False
        if "location" in names and not _PLAIN_ADDRESS.fullmatch(self.headers["Location"]):
            return False
        return isinstance(self.response, list) and not self._on_close


class NoSession(SessionInterface):
    """Nothing is kept in Flask's own session: a sign-in is a row and its cookie. Reading it finds nothing, writing to it raises."""

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return _NULL


class App(Flask):
    """Flask for one host name at a time, with doors that are plain functions."""

    request_class = Asked
    response_class = Reply
    session_interface = NoSession()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        if request is None or "HTTP_UPGRADE" in request.environ:
            return super().create_url_adapter(request)
        environ = request.environ
        scheme = environ["wsgi.url_scheme"]
        server = (environ.get("SERVER_NAME"), environ.get("SERVER_PORT"))
        request.host, name = _host(scheme, environ.get("HTTP_HOST"), *server)
        path = environ.get("PATH_INFO", "/").encode("latin-1").decode(errors="replace")
        query = environ.get("QUERY_STRING", "").encode("latin-1").decode(errors="replace")
        method, above = environ["REQUEST_METHOD"], environ.get("SCRIPT_NAME", "")
        return MapAdapter(self.url_map, name, above, "", scheme, path, method, query)


@lru_cache(512)
def _host(scheme: str, given: str | None, server: str | None, port: str | None) -> tuple[str, str]:
    """The host as this request names it, and as addresses are matched against it."""
    host = get_host(scheme, given, (server, int(port) if port and port.isdecimal() else None) if server else None)
    name, colon, rest = host.lower().partition(":")
    try:
        return host, name.encode("idna").decode("ascii") + colon + rest
    except UnicodeError:
        raise BadHost from None


def _pairs(body: bytes) -> list[tuple[str, str]]:
    """The fields of an urlencoded form, those left empty too."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return []
    if not _PLAIN_FORM.fullmatch(text):
        return parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote")
    return [(name, value) for name, _, value in (pair.partition("=") for pair in text.split("&") if pair)]
