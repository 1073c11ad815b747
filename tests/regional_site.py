"""A made-up regional site on another port of this machine, which allows its pages little."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_PAGE = """<!doctype html>
<html lang="fr">
<head>
  <meta charset="utf-8">
  <title>La CRESS imaginaire</title>
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="icon" href="data:,">
</head>
<body>
<main>
<h1>La CRESS imaginaire</h1>
{body}
</main>
</body>
</html>
"""


@dataclass
class RegionalSite:
    """``origin``: its address; ``pages``: HTML by path, with the policy of each and its scripts."""

    origin: str
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)

    def publish(self, path: str, body: str, policy: str) -> str:
        """Put a body in a page of the site; its address."""
        self.pages[path] = (_PAGE.replace("{body}", body), policy)
        return self.origin + path


def strict(frames: str, more: str = "") -> str:
    """A policy that allows frames of one origin, the empty icon, and what else is told."""
    return f"default-src 'none'; img-src data:; frame-src {frames}; {more}"


def open_site(port: int = 0) -> Iterator[RegionalSite]:
    """The site, on a free port unless one is told, until the generator is closed."""
    server = ThreadingHTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler)
    site = RegionalSite(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = _handler(site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


def _handler(site: RegionalSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text, policy = site.pages.get(self.path, (site.scripts.get(self.path, ""), ""))
            kind = "text/javascript" if self.path in site.scripts else "text/html"
            self.send_response(200 if text else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            """In silence."""

    return Handler
