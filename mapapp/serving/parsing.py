"""Requests read strictly: what two servers could understand in two ways is refused."""

from __future__ import annotations

import re
from http import HTTPStatus
from time import monotonic
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import Error

from mapapp.serving.pace import Pace

#: Headers whose repetition, or whose meeting, has no one meaning (RFC 9112, 6.1 to 6.3).
_FRAMING = re.compile(rb"\r\n(content-length|transfer-encoding|host):", re.IGNORECASE)
_FOLDED = re.compile(rb"\r\n[ \t]")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
#: Browsers write « é » as « %C3%A9 » in an address; tools send it as it is typed.
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
#: Twelve digits are a terabyte. Python refuses to read numbers of thousands.
_HUGE_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*\d{13}", re.IGNORECASE)

#: Sizes, ends of lines, extensions and trailers around chunks: the same kind of text may be sent
#: byte by byte, at a cost that grows as its square. A client that is no attacker sends kilobytes.
_FREE_FRAMING_BYTES = 8_192
_BYTES_BY_FRAMING_BYTE = 16


class Refusal(Error):  # type: ignore[misc]
    """An answer of the server itself, with a status."""

    def __init__(self, status: int) -> None:
        super().__init__("")
        self.code = status
        self.reason = HTTPStatus(status).phrase


class Request(HTTPRequestParser):  # type: ignore[misc]
    """A request while it comes, since ``begun``; ``pace`` is that of its body."""

    error: Error | None

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.begun = monotonic()
        self.pace = Pace(self.begun)
        self.beginning = b""

    def received(self, data: bytes) -> int:
        """Take what came; the bytes of it that belong to this request."""
        if len(self.beginning) < 64:
            self.beginning = (self.beginning + data[:64]).lstrip()
        headers_were_finished = self.headers_finished
        consumed: int = super().received(data)
        if self.headers_finished and not headers_were_finished:
            self.pace = Pace(monotonic(), self.body_bytes_received)
        if self.error is None and self._is_mostly_framing():
            self.error, self.completed = Refusal(400), True
        if self.error is not None and self.error.code == 431 and b"\r\n" not in self.header_plus:
            self.error = Refusal(414)  # no line end within so much: the address is too long
        return consumed

    def refuse(self, status: int) -> None:
        """Take no more of it, and give up what is held of its body."""
        self.error, self.completed = Refusal(status), True
        self.close()
        self.body_rcv = None

    @property
    def asked(self) -> str:
        """The beginning of the path, as far as it is known, whatever is wrong with the rest."""
        words = self.beginning.split(b" ", 2)
        return words[1].decode("latin-1") if len(words) > 1 else ""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the request line and the headers.

        Raises:
            ParsingError: they have no one meaning.
        """
        framing = [name.lower() for name in _FRAMING.findall(header_plus)]
        _refuse_ambiguous(header_plus, framing)
        line, end, rest = header_plus.partition(b"\r\n")
        line = _NOT_ASCII.sub(lambda found: b"%%%02X" % found[0][0], line)
        try:
            super().parse_header(line + end + rest)
        except ValueError as error:  # urlsplit, of what is no address
            raise ParsingError("the address has no meaning") from error
        if self.version not in ("1.0", "1.1"):
            raise ParsingError("another version of HTTP")
        if self.version == "1.1" and b"host" not in framing:
            raise ParsingError("no host")
        if self.version == "1.0" and b"transfer-encoding" in framing:
            raise ParsingError("chunks in HTTP/1.0")

    def _is_mostly_framing(self) -> bool:
        if not self.chunked or self.body_rcv is None:
            return False
        body_bytes = len(self.body_rcv)
        framing_bytes: int = self.body_bytes_received - body_bytes
        return framing_bytes > _FREE_FRAMING_BYTES + body_bytes / _BYTES_BY_FRAMING_BYTE


def _refuse_ambiguous(header_plus: bytes, framing: list[bytes]) -> None:
    if len(set(framing)) < len(framing):
        raise ParsingError("a header that frames the request is repeated")
    if {b"content-length", b"transfer-encoding"} <= set(framing):
        raise ParsingError("both a length and chunks")
    if _FOLDED.search(header_plus) or _HUGE_LENGTH.search(header_plus):
        raise ParsingError("a folded line, or a length without meaning")
    if _CONTROL.search(header_plus.partition(b"\r\n")[0]):
        raise ParsingError("a control character in the request line")
