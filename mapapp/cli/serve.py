"""``mapapp serve``: the store made ready, then the pages and the API."""

from __future__ import annotations

import sys
from typing import Any

import click

from mapapp.config import HOST, PORT, PUBLIC_URL
from mapapp.paths import shipped
from mapapp.shipping import initialise
from mapapp.store.engine import database_url, open_engine


@click.command()
@click.option("--host", default=HOST.read, show_default=HOST.default, help="Adresse d’écoute.")
@click.option(
    "--port",
    default=PORT.read,
    show_default=PORT.default,
    type=click.IntRange(1, 65535),
    help="Port d’écoute.",
)
@click.option("--workers", default=1, type=click.IntRange(1, 64), help="Nombre de processus.")
def serve(host: str, port: int, workers: int) -> None:
    """Préparer la base si besoin, puis servir les pages et l’API.

    Exemple : mapapp serve --port 8000
    """
    from mapapp.web.site import read_origin  # other commands start without Flask

    read_origin(PUBLIC_URL.read())  # a faulty address is told here, not by each worker
    engine = open_engine(database_url())
    report = initialise(engine, shipped("data"))
    engine.dispose()
    if report.changed:
        click.echo(f"Base construite en {report.seconds:.1f} s.")
    click.echo(f"mapapp est servi sur http://{host}:{port}/ (Ctrl+C pour arrêter)")
    sys.stdout.flush()
    _run(f"{host}:{port}", workers)


def _run(address: str, workers: int) -> None:
    from gunicorn.app.base import BaseApplication

    from mapapp import create_app

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in _settings(address, workers).items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return create_app()

    Server().run()


def _settings(address: str, workers: int) -> dict[str, Any]:
    return {
        "bind": address,
        "workers": workers,
        "worker_class": "gthread",
        "threads": 4,  # answers wait on SQLite and on slow clients, not on the processor
        "loglevel": "warning",
        "timeout": 60,
        "graceful_timeout": 10,
    }
