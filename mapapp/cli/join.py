"""``mapapp join``: the QPV verdicts of every row of a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.geocoding_faults import GeocodingError
from mapapp.address_finding import address_finder
from mapapp.cli.faults import Refusal
from mapapp.cli.publication import FILE, open_store
from mapapp.joining.columns import Wanted
from mapapp.joining.files import check_suffixes, join_file
from mapapp.joining.judging import Joiner
from mapapp.joining.summary import Summary
from mapapp.joining.tables import DELIMITED
from mapapp.memory import Memory

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

#: Faults that a terminal shows; the file tells every one in its column « phrase ».
SHOWN = 10


@click.command()
@click.argument("source", metavar="IN", type=FILE)
@click.argument("target", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--lon", default="", help="Colonne de la longitude.")
@click.option("--lat", default="", help="Colonne de la latitude.")
@click.option(
    "--address",
    default="",
    metavar="COLONNES",
    help="Colonnes de l’adresse, séparées par des virgules.",
)
@click.option("--generation", type=click.Choice(["2015", "2024"]), help="Une seule génération.")
@click.option(
    "--geocoder",
    type=click.Choice(["geoplateforme", "offline"]),
    default="geoplateforme",
    help="À qui demander les adresses ; offline ne reconnaît que quartiers et communes.",
)
def join(
    source: Path,
    target: Path,
    lon: str,
    lat: str,
    address: str,
    generation: str | None,
    geocoder: str,
) -> None:
    """Dire pour chaque ligne d’un fichier si elle est dans un QPV.

    IN et OUT sont des fichiers .csv, .xlsx ou .parquet. OUT est le même fichier, avec les colonnes
    qpv, nom, statut et distance de chaque génération, la précision et une phrase. Les colonnes de
    coordonnées ou d’adresse sont reconnues à leur nom, sauf si on les nomme.

    Exemple : mapapp join etablissements.csv etablissements-qpv.csv
    """
    check_suffixes(source, target)
    wanted = Wanted(lon, lat, tuple(filter(None, map(str.strip, address.split(",")))))
    joiner = _joiner(int(generation) if generation else None, geocoder == "offline")
    try:
        with _bar(source) as bar:
            summary = join_file(source, target, wanted, joiner, bar.update)
    except GeocodingError as error:
        raise Refusal(
            f"{error} Rien n’a été écrit ; ce qui a déjà été trouvé est gardé : "
            "la même commande reprendra où elle en était."
        ) from error
    _tell(summary, target)


def _joiner(generation: int | None, offline: bool) -> Joiner:
    with open_store()() as session:
        indexes = Memory().indexes(session)
        finder = address_finder(session, offline=offline)
    asked = {of: index for of, index in indexes.items() if generation in (None, of)}
    return Joiner(asked, finder)


def _bar(source: Path) -> ProgressBar[int]:
    hidden = not sys.stderr.isatty()
    length = 0 if hidden else _length(source)
    return click.progressbar(length=length, label="Jointure", file=sys.stderr, hidden=hidden)


def _length(source: Path) -> int:
    """Rows of a CSV file, about: its size over that of its first lines. Of others nobody knows."""
    if source.suffix.lower() not in DELIMITED:
        return 0
    with source.open("rb") as file:
        sample = file.read(1 << 16)
    return round(source.stat().st_size * sample.count(b"\n") / max(1, len(sample)))


def _tell(summary: Summary, target: Path) -> None:
    for note in summary.notes:
        click.echo(note, err=True)
    for fault in summary.faults[:SHOWN]:
        click.echo(f"Ligne {fault.line} : {fault.phrase}.", err=True)
    if summary.fault_count > SHOWN:
        more = summary.fault_count - SHOWN
        click.echo(f"… et {more} autres lignes à vérifier (colonne « phrase »).", err=True)
    for generation, counts in sorted(summary.statuses.items(), reverse=True):
        told = ", ".join(f"{status} {count}" for status, count in counts.most_common())
        click.echo(f"QPV {generation} : {told}.")
    lines = f"{summary.rows} ligne{'s' if summary.rows > 1 else ''}"
    click.echo(f"{lines} dans {target}, dont {summary.fault_count} à vérifier.")
    if summary.fault_count:
        sys.exit(1)
