"""``mapapp export``: what the store holds as files for spreadsheets and maps."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
from sqlalchemy.orm import Session

from mapapp.catalogue import load_catalogue
from mapapp.cli.store import opened_store
from mapapp.exporting import extracts
from mapapp.exporting.coverage import coverage
from mapapp.exporting.extracts import Extract
from mapapp.exporting.formats import writer_for
from mapapp.filters import read_filters
from mapapp.store.contours import generations
from mapapp.store.engine import one_instant, require_schema

OUT = click.argument("target", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))


@click.group()
def export() -> None:
    """Écrire initiatives, ressources, QPV ou manques : .csv, .xlsx, .geojson ou .gpkg.

    Exemple : mapapp export initiatives initiatives.xlsx
    """


@export.command("initiatives")
@OUT
@click.option("--source", help="Identifiant d’une source ; sinon toutes.")
@click.option(
    "--toutes-les-colonnes",
    "whole",
    is_flag=True,
    help="Tout ce que la source a donné, colonnes non publiées comprises : à garder pour vous.",
)
def initiatives_command(target: Path, source: str | None, whole: bool) -> None:
    """Écrire les initiatives telles que leurs sources les racontent.

    Le fichier peut être publié : les colonnes gardées pour l’éditeur n’y sont pas, les coordonnées
    de personnes y sont masquées. Avec --toutes-les-colonnes, le fichier d’une source, importé de
    nouveau sous cette source, ne change rien, et vous seul pouvez le lire. Les cartes (.geojson,
    .gpkg) portent en plus le point où l’initiative est placée.

    Exemple : mapapp export initiatives initiatives.csv --source rtes-2022
    """
    _export(target, lambda session: extracts.initiatives(session, source, whole), private=whole)


@export.command("resources")
@OUT
def resources_command(target: Path) -> None:
    """Écrire les ressources du catalogue.

    Exemple : mapapp export resources ressources.xlsx
    """
    _export(target, extracts.resources)


@export.command("qpv")
@OUT
@click.option("--generation", type=click.Choice(["2015", "2024"]), help="Une seule génération.")
def qpv_command(target: Path, generation: str | None) -> None:
    """Écrire les QPV : communes, population, nombre d’initiatives, contours (.geojson, .gpkg).

    Exemple : mapapp export qpv qpv.gpkg --generation 2024
    """
    _export(target, lambda session: extracts.qpvs(session, int(generation) if generation else None))


@export.command("coverage")
@OUT
@click.option("--generation", type=click.Choice(["2015", "2024"]), help="Une seule génération.")
@click.option("--distance", help="Mètres jusqu’où un exemple est proche (défaut : 300).")
def coverage_command(target: Path, generation: str | None, distance: str | None) -> None:
    """Écrire ce qui est connu de chaque QPV, thème par thème, et les exemples les plus proches.

    Une ligne par QPV et thème dans un tableur ; un QPV par forme sur une carte.

    Exemple : mapapp export coverage qpv-sans-exemple.csv
    """

    def extract_of(session: Session) -> Extract:
        asked = {"tous": ["1"], "distance": [distance or ""]}
        of = [int(generation)] if generation else sorted(generations(session), reverse=True)
        filters = read_filters(asked, session)
        selections = [replace(filters, generation=one) for one in of]
        return coverage(session, load_catalogue(session), selections, target.suffix.lower())

    _export(target, extract_of)


def _export(target: Path, extract_of: Callable[[Session], Extract], private: bool = False) -> None:
    write = writer_for(target, private)
    engine = opened_store()
    require_schema(engine)
    with one_instant(engine) as session:
        extract = extract_of(session)
        with click.progressbar(
            extract.records,
            length=extract.count,
            label="Export",
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
        ) as records:
            write(replace(extract, records=records), target)
    lines = f"{extract.count} ligne{'s' if extract.count > 1 else ''}"
    click.echo(f"{lines} dans {target}.")
    for remark in extract.remarks:
        click.echo(remark)
