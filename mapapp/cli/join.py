"""``mapapp join``: the QPV verdicts of every row of a file."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.geocoding_faults import GeocodingError
from mapapp.address_finding import address_finder
from mapapp.cli.faults import Refusal
from mapapp.cli.publication import open_store
from mapapp.errors import BadInput
from mapapp.joining.columns import Wanted, read_choice
from mapapp.joining.files import check_suffixes, is_parquet, join_file
from mapapp.joining.judging import Joiner
from mapapp.joining.making import Elsewhere, Manner
from mapapp.joining.parquet import ParquetTable
from mapapp.joining.summary import Summary
from mapapp.joining.tables import DELIMITED
from mapapp.memory import Memory
from mapapp.paths import instance_folder

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

#: Faults that a terminal shows; the file tells every one in its column « phrase ».
SHOWN = 10


@click.command()
@click.argument("source", metavar="IN", type=click.Path(exists=True, path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
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
@click.option(
    "--columns",
    default="",
    metavar="COLONNES",
    help="Colonnes à ajouter : qpv, nom, statut, distance, precision, phrase ; toutes sinon. "
    "Sans distance ni phrase, bien plus vite.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    help="Combien de processus travaillent ; sinon un par cœur.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "dask"]),
    default="local",
    help="Qui travaille : cette machine, ou une grappe Dask (.parquet seul).",
)
@click.option(
    "--scheduler", default="", metavar="ADRESSE", help="Ordonnanceur Dask : tcp://machine:8786."
)
def join(
    source: Path,
    target: Path,
    lon: str,
    lat: str,
    address: str,
    generation: str | None,
    geocoder: str,
    columns: str,
    processes: int | None,
    engine: str,
    scheduler: str,
) -> None:
    """Dire pour chaque ligne d’un fichier si elle est dans un QPV.

    IN et OUT sont des fichiers .csv, .xlsx ou .parquet. OUT est le même fichier, avec les colonnes
    qpv, nom, statut et distance de chaque génération, la précision et une phrase. Les colonnes de
    coordonnées ou d’adresse sont reconnues à leur nom, sauf si on les nomme. Un .csv ou un .parquet
    interrompu reprend où il en était : relancez la même commande.

    Exemple : mapapp join etablissements.csv etablissements-qpv.csv
    """
    check_suffixes(source, target)
    wanted = Wanted(lon, lat, tuple(filter(None, map(str.strip, address.split(",")))))
    manner = Manner(
        instance_folder() / "cells",
        read_choice(columns),
        processes or 0,
        _elsewhere(engine, scheduler),
        partial(click.echo, err=True),
    )
    joiner = _joiner(int(generation) if generation else None, geocoder == "offline")
    try:
        with _bar(source) as bar:
            summary = join_file(source, target, wanted, joiner, manner, bar.update)
    except GeocodingError as error:
        raise Refusal(
            f"{error} Rien n’a été écrit ; ce qui a déjà été trouvé est gardé : "
            "la même commande reprendra où elle en était."
        ) from error
    _tell(summary, target)


def _elsewhere(engine: str, scheduler: str) -> Elsewhere | None:
    """Who makes the parts of a join, when it is not this machine."""
    if (engine == "dask") != bool(scheduler):
        raise BadInput("Une grappe se dit par --engine dask et --scheduler tcp://machine:8786.")
    if engine == "local":
        return None
    try:
        from mapapp.joining.on_dask import make_on_dask
    except ImportError as error:
        raise BadInput(
            "Joindre sur une grappe demande Dask : pip install 'mapapp[dask]'."
        ) from error
    return partial(make_on_dask, scheduler)


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
    """Rows: those of a CSV file about, its size over that of its first lines; 0: nobody knows."""
    if is_parquet(source):
        return ParquetTable(source).count
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
