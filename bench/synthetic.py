"""Initiatives that do not exist, by the hundred thousand, in a store: what benches and tests ask.

    python bench/synthetic.py DATABASE_FILE [COUNT]

They are spread like the population (bench/population.py), the same each time, and written straight
into the tables, which spares reading and planning a file: 100,000 take seconds. Names, themes,
communes, precisions and sources are drawn as the files of the field have them; the verdicts are
those of the rules.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from population import population_points
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session

from geo.qpv_index import QpvIndex
from mapapp.catalogue import THEMES_CHAPTER
from mapapp.importing.publishing import mark_change
from mapapp.judging import judge_again
from mapapp.paths import shipped
from mapapp.shipping import initialise
from mapapp.store import catalogue as cat
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.store.contours import generations, load_contours
from mapapp.store.engine import open_engine, sessions
from mapapp.store.slugs import GivenSlug
from mapapp.words import search_text

SEED = 20_260_102

#: Rows in one statement.
_BATCH = 20_000

#: How well places are known, for what share of them, within how many metres (None: as far as the
#: commune goes): an address most often, and sometimes nothing at all.
PRECISIONS: Sequence[tuple[str, float, float | None]] = (
    ("address", 0.70, 20.0),
    ("street", 0.12, 200.0),
    ("place", 0.05, 400.0),
    ("quartier", 0.04, 500.0),
    ("commune", 0.07, None),
    ("none", 0.02, None),
)

#: Who tells of them, and of what share.
SOURCES = (("annuaire", 0.5), ("chambre", 0.3), ("releve", 0.15), ("enquete", 0.05))

#: Of how many themes each is: a quarter have two, a twelfth three.
THEME_COUNTS = (0.67, 0.25, 0.08)

KINDS = (
    "Ressourcerie", "Épicerie solidaire", "Régie de quartier", "Atelier vélo", "Tiers-lieu",
    "Jardin partagé", "Café associatif", "Recyclerie", "Conciergerie", "Crèche parentale",
    "Garage solidaire", "Coopérative", "Chantier d’insertion", "Fabrique numérique", "AMAP",
    "Maison de santé", "Club sportif", "Théâtre", "Habitat participatif", "Cantine",
)  # fmt: skip
NAMES = (
    "du Moulin", "des Trois Tilleuls", "de l’Étincelle", "du Bout du Monde", "L’Escale",
    "Les Mains vertes", "La Passerelle", "du Cœur de ville", "Le Fil d’Ariane", "Saint-Jacques",
    "Pas à pas", "de la Gare", "Le Grain de sel", "Les Écureuils", "Horizon", "La Belle Équipe",
    "des Possibles", "Le Tremplin", "de l’Ancre", "Envie d’agir", "Sainte-Anne", "La Ruche",
)  # fmt: skip

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One of them: degrees, how well its place is known, the row of its commune, its themes."""

    rank: int
    lon: float
    lat: float
    precision: tuple[str, float, float | None]
    commune: Any
    source: str
    name: str
    themes: Sequence[Any]

    @property
    def known_as(self) -> str:
        """The precision of its position."""
        return self.precision[0]


def fill(session: Session, count: int) -> None:
    """Add so many initiatives to a store that holds the shipped data; the caller commits."""
    indexes = [QpvIndex(load_contours(session, g)) for g in generations(session)]
    first = (session.scalar(select(func.max(ini.Initiative.id))) or 0) + 1
    _write(session, cat.Source, _sources())
    left = _drawn(session, count, indexes)
    while some := list(islice(left, _BATCH)):
        _write(session, ini.Initiative, (_row(one, first) for one in some))
        _write(session, GivenSlug, map(_address, some))
        _write(session, ini.InitiativeTheme, (link for one in some for link in _links(one, first)))
        for index in indexes:
            _write(session, ini.InitiativeQpv, _declared(some, first, index))
        judge_again(session, [first + one.rank for one in some], indexes)
    mark_change(session, f"synthetic {count}")


def _write(session: Session, model: type[Any], rows: Iterable[Row]) -> None:
    """Insert rows, in the table's own words: nothing of each row is looked at."""
    if written := list(rows):
        session.execute(insert(model.__table__), written)


def _sources() -> Iterator[Row]:
    for name, _ in SOURCES:
        told = f"Source fictive « {name} »"
        yield {"id": name, "name": told, "publisher": "Banc d’essai", "coverage": "selective"}


def _drawn(session: Session, count: int, indexes: Sequence[QpvIndex]) -> Iterator[_Drawn]:
    draw = np.random.default_rng(SEED)
    lon, lat = population_points(count, indexes[-1].outlines)
    communes, themes = _communes(session), _all_themes(session)
    town_halls = shapely.STRtree(shapely.points([(row.lon, row.lat) for row in communes]))
    chosen = zip(
        lon.tolist(),
        lat.tolist(),
        town_halls.nearest(shapely.points(lon, lat)).tolist(),
        draw.choice(len(PRECISIONS), count, p=[share for _, share, _ in PRECISIONS]).tolist(),
        draw.choice(len(SOURCES), count, p=[share for _, share in SOURCES]).tolist(),
        draw.integers(0, len(KINDS), count).tolist(),
        draw.integers(0, len(NAMES), count).tolist(),
        draw.integers(0, len(themes), count).tolist(),
        draw.choice(range(1, 1 + len(THEME_COUNTS)), count, p=THEME_COUNTS).tolist(),
        strict=True,
    )
    twice = [*themes, *themes]
    for rank, (x, y, commune, precision, source, kind, name, theme, of) in enumerate(chosen):
        yield _Drawn(
            rank, x, y, PRECISIONS[precision], communes[commune], SOURCES[source][0],
            f"{KINDS[kind]} {NAMES[name]}", twice[theme : theme + of],
        )  # fmt: skip


def _communes(session: Session) -> Sequence[Any]:
    row = ter.Commune
    columns = (row.insee_code, row.name, row.lon, row.lat, row.radius_m)
    inhabited = select(*columns).where(row.population.is_not(None))
    return session.execute(inhabited.order_by(row.insee_code)).all()


def _all_themes(session: Session) -> Sequence[Any]:
    row = cat.Theme
    of_initiatives = select(row.slug, row.label).where(row.chapter_number == THEMES_CHAPTER)
    return session.execute(of_initiatives.order_by(row.rank)).all()


def _row(one: _Drawn, first: int) -> Row:
    known_as, _, radius_m = one.precision
    commune = one.commune
    lon, lat = (commune.lon, commune.lat) if known_as == "commune" else (one.lon, one.lat)
    place = {"lon": lon, "lat": lat, "radius_m": radius_m or commune.radius_m}
    if known_as == "none":
        place = dict.fromkeys(place)
    words = (one.name, commune.name, *(theme.label for theme in one.themes))
    return place | {
        "id": first + one.rank,
        **_address(one),
        "rank": one.rank,
        "name": f"{one.name} n° {one.rank}",
        "summary": f"Initiative fictive de {commune.name}",
        "insee_code": commune.insee_code,
        "status": "en_activite" if one.rank % 3 else "inconnu",
        "precision": known_as,
        "search_text": " ".join(filter(None, [*map(_plain, words), str(one.rank)])),
    }


def _address(one: _Drawn) -> Row:
    return {"slug": f"fictive-{one.rank}", "source_id": one.source, "key": str(one.rank)}


@cache
def _plain(text: str) -> str:
    return search_text(text)


def _links(one: _Drawn, first: int) -> Iterator[Row]:
    for rank, theme in enumerate(one.themes):
        yield {"initiative_id": first + one.rank, "theme_slug": theme.slug, "rank": rank}


def _declared(some: Sequence[_Drawn], first: int, index: QpvIndex) -> Iterator[Row]:
    """Who is known by its neighbourhood says in which QPV, where there is one."""
    told = [one for one in some if one.known_as == "quartier"]
    points = shapely.points([(one.lon, one.lat) for one in told])
    for at, qpv in index.tree.query(points, "intersects").T.tolist():
        yield {
            "initiative_id": first + told[at].rank,
            "qpv_code": index.contours.qpvs[qpv].code,
            "generation": index.contours.generation,
            "relation": "located_in",
            "confidence": "haute",
            "evidence": "fictive",
        }


def synthetic_store(file: Path, count: int) -> Engine:
    """A new store in a file, with the shipped data and so many fictive initiatives."""
    engine = open_engine(f"sqlite:///{file}")
    initialise(engine, shipped("data"))
    with sessions(engine).begin() as session:
        fill(session, count)
    return engine


if __name__ == "__main__":
    begun = time.perf_counter()
    synthetic_store(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
    print(f"{time.perf_counter() - begun:.1f} s")
