"""``mapapp snapshot``: a dated copy of the data for those who reuse them."""

from __future__ import annotations

import sys

import click

from mapapp.cli.store import opened_store
from mapapp.config import PUBLIC_URL
from mapapp.opendata.snapshots import snapshots_folder
from mapapp.opendata.taking import take_snapshot
from mapapp.store.engine import require_schema


@click.command()
def snapshot() -> None:
    """Écrire un instantané daté des données, que /donnees propose.

    Sans changement depuis le dernier, rien n’est écrit : on peut le lancer chaque nuit. Un
    instantané n’est jamais modifié.

    Exemple : mapapp snapshot
    """
    engine = opened_store()
    require_schema(engine)
    origin = PUBLIC_URL.read().rstrip("/")
    taken = take_snapshot(
        engine, snapshots_folder(), lambda path: origin + path, watch=_tell_on_a_terminal
    )
    if taken is None:
        click.echo("Rien n’a changé depuis le dernier instantané.")
        return
    count = f"{len(taken.files)} fichiers"
    click.echo(f"Instantané {taken.name} : {count} dans {snapshots_folder() / taken.name}.")
    for form, reason in taken.missing.items():
        click.echo(f"Sans {form} : {reason}.")


def _tell_on_a_terminal(name: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"{name}…", err=True)
