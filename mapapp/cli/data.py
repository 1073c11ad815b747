"""``mapapp init``, ``check`` and ``stats``: the data brought in, verified, counted."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from mapapp.checking import rule_faults, store_faults
from mapapp.cli.store import opened_store
from mapapp.paths import shipped
from mapapp.queries.facts import Holdings, holdings
from mapapp.shipping import initialise
from mapapp.store.engine import require_schema, sessions
from mapapp.tables.reading import read_shipped

json_option = click.option("--json", "as_json", is_flag=True, help="Répondre en JSON.")


@click.command()
def init() -> None:
    """Créer la base, ou la mettre à jour avec les données livrées.

    Exemple : mapapp init
    """
    engine = opened_store()
    report = initialise(engine, shipped("data"))
    where = engine.url.render_as_string(hide_password=True)
    if report.changed:
        click.echo(f"Base à jour en {report.seconds:.1f} s : {where}")
    else:
        click.echo(f"Base déjà à jour, rien n’a changé : {where}")


@click.command()
@json_option
def check(as_json: bool) -> None:
    """Vérifier les données livrées et la base. Code de sortie 1 à la moindre faute.

    Exemple : mapapp check
    """
    read, issues = read_shipped(shipped("data"))
    found = [str(issue) for issue in issues]
    found += [str(issue) for issue in rule_faults(read)] if not issues else []
    found += store_faults(opened_store())
    if as_json:
        click.echo(json.dumps({"ok": not found, "faults": found}, ensure_ascii=False, indent=2))
    else:
        for fault in found:
            click.echo(fault)
        click.echo(f"{len(found)} faute{'s' if found[1:] else ''}." if found else "Tout est bon.")
    if found:
        raise SystemExit(1)


@click.command()
@json_option
def stats(as_json: bool) -> None:
    """Compter ce que contient la base : initiatives, précisions, verdicts, QPV, ressources.

    Exemple : mapapp stats
    """
    engine = opened_store()
    require_schema(engine)
    with sessions(engine)() as session:
        held = holdings(session)
    if as_json:
        click.echo(json.dumps(asdict(held), ensure_ascii=False, indent=2))
    else:
        for label, value in _lines(held):
            click.echo(f"{label:<34} {value}")


def _lines(held: Holdings) -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = [
        ("Version des données", f"{held.data_version} (chargée le {held.loaded_on})"),
        ("Initiatives", f"{held.initiatives}, dont {held.located} localisées"),
    ]
    lines += [(f"  précision {name}", count) for name, count in held.by_precision.items()]
    for generation, statuses in held.by_status.items():
        lines += [(f"  verdict {generation} {name}", n) for name, n in statuses.items()]
    lines += [(f"QPV {generation}", count) for generation, count in held.qpvs.items()]
    return [
        *lines,
        ("Ressources", held.resources),
        ("Éditeurs", held.publishers),
        ("Communes et arrondissements", held.communes),
    ]
