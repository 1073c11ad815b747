"""``mapapp import qpv``: the official perimeters of one generation put in force."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from pathlib import Path

import click

from mapapp.cli.publication import FILE, SHOWN, confirm, must_ask, open_store, tell_end, tell_lines
from mapapp.importing.qpv import QpvPlan, plan_qpv, publish_qpv


@click.command("qpv")
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=FILE,
)
@click.option(
    "--generation", required=True, type=click.Choice(["2015", "2024"]), help="Génération des QPV."
)
@click.option("--edition", required=True, help="Édition des fichiers, en toutes lettres.")
@click.option(
    "--accuracy",
    "accuracy_m",
    default=0.1,
    show_default=True,
    type=click.FloatRange(0, 1000),
    help="Précision des contours tels qu’ils sont publiés, en mètres.",
)
@click.option("--allow-shrink", is_flag=True, help="Accepter moins de QPV qu’il n’y en a.")
@click.option("--dry-run", is_flag=True, help="Montrer ce qui changerait, sans rien écrire.")
@click.option("--yes", is_flag=True, help="Publier sans demander.")
@click.option("--json", "as_json", is_flag=True, help="Répondre en JSON.")
def import_qpv(
    files: tuple[Path, ...],
    generation: str,
    edition: str,
    accuracy_m: float,
    allow_shrink: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Mettre en vigueur les périmètres officiels des QPV d’une génération.

    Shapefile (zip), GeoPackage, GeoJSON ou FlatGeobuf, dans tout système de coordonnées.

    Exemple : mapapp import qpv QP2024.zip --generation 2024 --edition "ANCT, janvier 2026"
    """
    maker = open_store()
    run_id = None
    with maker() as session:
        plan = plan_qpv(session, files, int(generation), edition, accuracy_m, allow_shrink)
    if not as_json:
        tell_lines(list(_lines(plan)))
    if must_ask(dry_run, yes):
        confirm(as_json)
    if not dry_run:
        with maker.begin() as session:
            run = publish_qpv(session, plan, getpass.getuser())
            run_id = run.id
    if as_json:
        told = {"run": run_id, "counts": plan.counts, "issues": list(map(str, plan.issues))}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        tell_end(f"{len(plan.contours.qpvs)} QPV lus.", run_id)


def _lines(plan: QpvPlan) -> Iterator[str]:
    for label, codes in (
        ("Apparus", plan.appeared),
        ("Disparus", plan.disappeared),
        ("Changés de plus de 1 %", plan.changed),
        ("Géométries réparées", plan.repaired),
    ):
        if codes:
            more = f" et {len(codes) - SHOWN} autres" if len(codes) > SHOWN else ""
            yield f"{label} ({len(codes)}) : {', '.join(codes[:SHOWN])}{more}"
    yield from map(str, plan.issues)
    for territory in plan.uncovered:
        yield f"Sans contour dans ces fichiers : {territory.name} ({territory.code})."
