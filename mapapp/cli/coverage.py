"""``mapapp coverage``: which QPVs of a territory have no example, on which theme."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from geo.wording import metres
from mapapp.api import coverage_shapes
from mapapp.api.coverage_schemas import CoverageReport
from mapapp.catalogue import load_catalogue
from mapapp.cli.store import opened_store
from mapapp.exporting.coverage import coverage as coverage_extract
from mapapp.exporting.formats import writer_for
from mapapp.filters import SORTS, read_filters
from mapapp.queries.coverage import Coverage, QpvRow, Totals
from mapapp.queries.territory_choices import territory_named
from mapapp.store.engine import one_instant, require_schema
from mapapp.web.texts import french_percent

#: As many QPVs as a terminal shows below the totals; the file has them all.
SHOWN = 10

_LEVELS = {
    "region": "région",
    "departement": "département",
    "epci": "intercommunalité",
    "commune": "commune",
}


@click.command()
@click.option("--theme", multiple=True, help="Identifiant d’un thème ; peut se répéter.")
@click.option("--departement", help="Code d’un département (93, 2A).")
@click.option("--region", help="Code INSEE d’une région (27).")
@click.option("--epci", help="SIREN d’une intercommunalité.")
@click.option("--commune", help="Code INSEE d’une commune.")
@click.option("--generation", help="Génération de QPV : 2015 ou 2024 (défaut).")
@click.option("--distance", help="Mètres jusqu’où un exemple est proche (défaut : 300).")
@click.option("--population", help="Les QPV de tant d’habitants au moins.")
@click.option("--tri", help=f"Ordre des QPV : {', '.join(SORTS)}.")
@click.option("--all", "everything", is_flag=True, help="Aussi les QPV à qui rien ne manque.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Écrire la sélection dans un fichier .csv, .xlsx, .geojson ou .gpkg.",
)
@click.option("--json", "as_json", is_flag=True, help="Répondre en JSON, comme l’API.")
def coverage(everything: bool, output: Path | None, as_json: bool, **given: Any) -> None:
    """Dire quels QPV n’ont pas d’exemple connu, thème par thème.

    Exemple : mapapp coverage --departement 93 --theme alimentation --output manques.xlsx
    """
    write = writer_for(output) if output else None
    engine = opened_store()
    require_schema(engine)
    with one_instant(engine) as session:
        filters = read_filters(_arguments(given | {"tous": "1" if everything else None}), session)
        asked = Coverage(session, load_catalogue(session), filters)
        if write and output:
            catalogue = load_catalogue(session)
            extract = coverage_extract(session, catalogue, [filters], output.suffix.lower())
            write(extract, output)
            click.echo(f"{_lines(extract.count)} dans {output}.", err=as_json)
        if as_json:
            click.echo(_json(asked))
        elif not output:
            click.echo("\n".join(_told(session, asked)))


def _arguments(given: dict[str, Any]) -> dict[str, list[str]]:
    """The options as the query parameters of the same names."""
    return {
        name: list(value) if isinstance(value, tuple) else [value]
        for name, value in given.items()
        if value
    }


def _json(asked: Coverage) -> str:
    items = coverage_shapes.lines(asked, asked.page(None).items)
    return CoverageReport(items=items, **coverage_shapes.summary(asked)).model_dump_json(indent=2)


def _told(session: Session, asked: Coverage) -> Iterator[str]:
    """The selection as people read it."""
    where = territory_named(session, asked.filters) or "toute la France"
    near = metres(asked.filters.distance)
    yield f"QPV {asked.filters.generation}, {where} ; un exemple est proche jusqu’à {near}."
    total = asked.total()
    yield (
        f"{_number(total.qpvs)} QPV : {_number(total.with_example)} avec un exemple "
        f"({french_percent(total.qpv_rate)}), {_number(total.without_example)} sans."
    )
    yield f"{_number(total.cells)} cases (QPV × thème) :"
    yield from (f"{_number(n):>8}  {state.label}" for state, n in asked.states().items())
    yield from _territories(asked.by_territory())
    yield from _rows(asked)


def _territories(territories: list[Totals]) -> Iterator[str]:
    if not territories:
        return
    yield f"\nPar {_LEVELS[territories[0].kind]} : QPV, avec un exemple"
    for one in territories:
        rate = french_percent(one.qpv_rate)
        yield f"{_number(one.qpvs):>8}{_number(one.with_example):>8}  {one.name} ({rate})"


def _rows(asked: Coverage) -> Iterator[str]:
    page = asked.page(SHOWN)
    yield f"\nQPV listés : {len(page.items)} sur {_number(page.count)}"
    yield from (_row(row, len(asked.themes)) for row in page.items)


def _row(row: QpvRow, themes: int) -> str:
    communes = ", ".join(commune.name for commune in row.communes)
    people = "" if row.population is None else f" ; {_number(row.population)} habitants"
    lacking = f"{row.empty} thème{'s' if row.empty > 1 else ''} sans exemple sur {themes}"
    return f"{row.code:<10}{row.name} ({communes}) : {lacking}{people}"


def _lines(count: int) -> str:
    return f"{_number(count)} ligne{'s' if count > 1 else ''}"


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f")
