"""``mapapp serve``: the store made ready, then the pages and the API."""

from __future__ import annotations

import os
import sys

import click

from mapapp.cli.listening import listening_on
from mapapp.cli.store import opened_store
from mapapp.config import EMBED_HOSTS, HOST, HOSTS, KEPT_FILES_MB, PORT, PROXIES, PUBLIC_URL
from mapapp.paths import shipped
from mapapp.shipping import initialise


@click.command()
@click.option("--host", default=HOST.read, show_default=HOST.default, help="Adresse d’écoute.")
@click.option(
    "--port",
    default=PORT.read,
    show_default=PORT.default,
    type=click.IntRange(1, 65535),
    help="Port d’écoute.",
)
@click.option(
    "--workers",
    default=lambda: min(len(os.sched_getaffinity(0)), 64),
    show_default="autant que de cœurs",
    type=click.IntRange(1, 64),
    help="Nombre de processus qui répondent.",
)
def serve(host: str, port: int, workers: int) -> None:
    """Préparer la base si besoin, puis servir les pages et l’API.

    Exemple : mapapp serve --port 8000
    """
    from mapapp.outgoing.routes import outgoing_proxy
    from mapapp.serving.master import run  # other commands start without Flask
    from mapapp.web.files import read_megabytes
    from mapapp.web.framing import read_hosts
    from mapapp.web.hosts import require_public_url, served_hosts
    from mapapp.web.proxies import read_proxies

    served_hosts(PUBLIC_URL.read(), HOSTS.read())  # a faulty setting is told here, not by workers
    require_public_url(listening_on(host))
    read_hosts(EMBED_HOSTS.read())
    read_proxies(PROXIES.read())
    read_megabytes(KEPT_FILES_MB.read())
    outgoing_proxy()
    engine = opened_store()
    report = initialise(engine, shipped("data"))
    engine.dispose()
    if report.changed:
        click.echo(f"Base construite en {report.seconds:.1f} s.")
    run(f"{host}:{port}", workers, _announce)


def _announce(address: str) -> None:
    click.echo(f"mapapp est servi sur {address}/ (Ctrl+C pour arrêter)")
    sys.stdout.flush()
