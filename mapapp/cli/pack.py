"""``mapapp pack``: the reference tables, from the official files."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from geo.contours import write_contours
from mapapp.errors import AppError
from mapapp.packing.commune_names import CommuneNames
from mapapp.packing.communes import pack_communes
from mapapp.packing.outlines import pack_outlines
from mapapp.packing.qpv import Edition, gather
from mapapp.packing.reading import Feature
from mapapp.paths import shipped

IN = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)


class Refusal(click.ClickException):
    """Nothing was done; the sentence says why."""

    exit_code = 2


@click.group()
def pack() -> None:
    """Calculer les tables de référence à partir des fichiers officiels.

    Exemple : mapapp pack outlines departements.geojson data/departements.geojson
    """


@pack.command("qpv")
@click.argument("sources", metavar="IN...", nargs=-1, required=True, type=IN)
@click.argument("target", metavar="OUT", type=OUT)
@click.option(
    "--generation", required=True, type=click.Choice(["2015", "2024"]), help="Génération des QPV."
)
@click.option("--edition", required=True, help="Édition des fichiers, en toutes lettres.")
@click.option(
    "--accuracy",
    "accuracy_m",
    required=True,
    type=click.FloatRange(0, 1000),
    help="Précision des fichiers tels qu’ils sont publiés, en mètres.",
)
@click.option(
    "--communes",
    type=IN,
    default=lambda: shipped("data") / "communes.csv",
    help="Table des communes (former_communes.csv est lu à côté) ; sinon celle du produit.",
)
def qpv_command(
    sources: tuple[Path, ...],
    target: Path,
    generation: str,
    edition: str,
    accuracy_m: float,
    communes: Path,
) -> None:
    """Généraliser les contours officiels des QPV (5 m au plus) dans le fichier OUT.

    Plusieurs fichiers IN d’une même génération n’en font qu’un. Lus sans rien installer : GeoJSON,
    même compressé (.gz) ; avec mapapp[gis] : Shapefile, GeoPackage, FlatGeobuf, dans tout système
    de coordonnées.

    Exemple : mapapp pack qpv metropole.geojson reunion.geojson data/qpv_2015.geojson
    --generation 2015 --edition "décret 2014-1750" --accuracy 0.1
    """
    with refusals():
        names = CommuneNames.read(communes)
        about = Edition(int(generation), edition, accuracy_m)
        contours, issues = gather(sources, about, names, watch=with_progress)
        write_contours(contours, target)
    click.echo(f"{len(contours.qpvs)} QPV écrits dans {target}.")
    for territory in contours.uncovered:
        click.echo(f"Sans contour dans ces fichiers : {territory.name} ({territory.code}).")
    for issue in issues:
        click.echo(str(issue), err=True)
    if issues:
        raise SystemExit(1)


@pack.command("communes")
@click.argument("gazetteer", metavar="IN", type=IN)
@click.argument("outlines", metavar="OUTLINES", type=IN)
@click.argument("commune_outlines", metavar="COMMUNE_OUTLINES", type=IN)
@click.argument("folder", metavar="OUTDIR", type=FOLDER)
def communes_command(gazetteer: Path, outlines: Path, commune_outlines: Path, folder: Path) -> None:
    """Écrire communes.csv, departements.csv, regions.csv et epci.csv dans OUTDIR.

    IN est la table des communes, OUTLINES les contours des départements, COMMUNE_OUTLINES ceux des
    communes que l’on connaît.

    Exemple : mapapp pack communes communes.csv.gz departements.geojson.gz villes.geojson.gz data
    """
    with refusals():
        counts = pack_communes(gazetteer, outlines, commune_outlines, folder)
    for name, count in counts.items():
        click.echo(f"{name} : {count} lignes.")


@pack.command("outlines")
@click.argument("source", metavar="IN", type=IN)
@click.argument("target", metavar="OUT", type=OUT)
def outlines_command(source: Path, target: Path) -> None:
    """Simplifier les contours des départements pour le fond de carte, frontières communes gardées.

    Exemple : mapapp pack outlines departements.geojson.gz data/departements.geojson
    """
    with refusals():
        count = pack_outlines(source, target)
    click.echo(f"{count} départements écrits dans {target}.")


@contextmanager
def refusals() -> Iterator[None]:
    """A fault of the files, or of the disk, becomes one sentence and exit code 2."""
    try:
        yield
    except AppError as error:
        raise Refusal(error.message) from error
    except OSError as error:
        raise Refusal(f"{error.filename} : {error.strerror}.") from error


def with_progress(features: Sequence[Feature]) -> Iterator[Feature]:
    """The features, with a bar on a terminal."""
    on_terminal = sys.stderr.isatty()
    with click.progressbar(
        features, label="Contours", file=sys.stderr, hidden=not on_terminal
    ) as bar:
        yield from bar
