"""``mapapp runs`` and ``rollback``: what imports did, and how to take one back."""

from __future__ import annotations

import json
from typing import Any

import click
from sqlalchemy import select

from mapapp.cli.store import opened_store
from mapapp.importing.rolling_back import roll_back
from mapapp.importing.sources import THE_SOURCE
from mapapp.store.engine import require_schema, sessions
from mapapp.store.runs import Run


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Répondre en JSON.")
def runs(as_json: bool) -> None:
    """Lister les publications : qui, quand, quel fichier, combien de lignes.

    Exemple : mapapp runs
    """
    engine = opened_store()
    require_schema(engine)
    with sessions(engine)() as session:
        found = [_shown(run) for run in session.scalars(select(Run).order_by(Run.id))]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for run in found:
        counts = ", ".join(f"{label} {count}" for label, count in run["counts"].items() if count)
        click.echo(
            f"{run['run']:>4}  {run['published_at']}  {run['author']}  {run['kind']} "
            f"{run['source'] or run['generation']}  {run['state']}  {run['file']}  ({counts})"
        )
    if not found:
        click.echo("Aucune publication.")


def _shown(run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "kind": run.kind,
        "source": run.source_id,
        "generation": run.generation,
        "state": run.state,
        "author": run.author,
        "published_at": run.published_at,
        "file": run.file_name,
        "checksum": run.checksum,
        "counts": run.counts,
        "issues": len(run.issues),
    }


@click.command()
@click.argument("number", metavar="RUN", type=click.IntRange(1, 10**9))
def rollback(number: int) -> None:
    """Annuler une publication : chaque fiche redevient ce qu’elle était avant.

    Exemple : mapapp rollback 3
    """
    engine = opened_store()
    require_schema(engine)
    with sessions(engine).begin() as session:
        run = roll_back(session, number)
        changes = sum(change.key != THE_SOURCE for change in run.changes)
    click.echo(f"Publication {run.id} annulée. Fiches remises comme avant : {changes}.")
