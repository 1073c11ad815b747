"""``mapapp backup`` and ``restore``: the whole database to a file, and back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from mapapp.cli.faults import Refusal
from mapapp.cli.store import opened_store
from mapapp.paths import shipped
from mapapp.shipping import initialise
from mapapp.store.backup import Watch, back_up, check_backup, database_file, is_sqlite
from mapapp.store.backup import restore as restore_database
from mapapp.store.engine import database_of, require_schema
from mapapp.store.moving import move_in


@click.command()
@click.argument("target", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
def backup(target: Path) -> None:
    """Copier toute la base dans un fichier, même pendant que mapapp sert ou importe.

    Exemple : mapapp backup mapapp-sauvegarde.sqlite
    """
    engine = opened_store()
    database_file(engine)
    require_schema(engine)
    with _bar("Sauvegarde") as watch:
        back_up(engine, target, watch)
    click.echo(f"Base sauvegardée dans {target} ({target.stat().st_size / 1e6:.1f} Mo).")


@click.command()
@click.argument(
    "source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--yes", is_flag=True, help="Remplacer la base sans demander.")
def restore(source: Path, yes: bool) -> None:
    """Remplacer toute la base par une sauvegarde, d’un coup ; un serveur en marche continue.

    Exemple : mapapp restore mapapp-sauvegarde.sqlite --yes
    """
    engine = opened_store()
    # A backup of SQLite is how a store moves to PostgreSQL, whose own backups are its own business.
    moves = is_sqlite(source) and not database_of(engine).is_file
    live = engine.url.render_as_string() if moves else database_file(engine)
    check_backup(source)
    if (moves or Path(live).exists()) and not yes:
        _require_agreement(live)
    with _bar("Restauration") as watch:
        (move_in if moves else restore_database)(engine, source, watch)
    click.echo(f"Base restaurée depuis {source} : {live}")
    # An older version of mapapp kept less: what this one reckons from the data is made now.
    if initialise(engine, shipped("data")).changed:
        click.echo("Les données livrées avec cette version de mapapp ont été mises à jour.")


def _require_agreement(live: Path | str) -> None:
    if not _on_terminal():
        raise Refusal(f"{live} serait remplacée : ajoutez --yes pour le vouloir.")
    question = f"{live} sera remplacée tout entière. Écrivez « oui » pour continuer"
    answer = click.prompt(question, default="non", show_default=False, err=True)
    if answer.strip().lower() not in ("oui", "o"):
        raise Refusal("Rien n’a été changé.")


def _on_terminal() -> bool:
    """Whether someone can answer."""
    return sys.stdin.isatty()


@contextmanager
def _bar(label: str) -> Iterator[Watch]:
    """What shows on a terminal how much is copied."""
    with click.progressbar(
        length=1, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def watch(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield watch
