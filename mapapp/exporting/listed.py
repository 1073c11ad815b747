"""The initiatives that some filters keep, as their pages show them: one line each, verdicts told.

:mod:`mapapp.exporting.extracts` writes what sources tell, to be imported again; this is to be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

import shapely

from mapapp.errors import BadInput
from mapapp.exporting.extracts import Cell, Extract, Record
from mapapp.filters import Filters
from mapapp.queries.initiatives import InitiativeCard, Initiatives
from mapapp.verdicts import ShownVerdict

#: Beyond this a request would last longer than people wait: the command line has no such bound.
MOST_LINES = 100_000

_TOLD = (
    "slug", "nom", "resume", "themes", "commune", "code_insee", "departement", "region",
    "latitude", "longitude", "precision", "rayon_m", "statut", "source",
)  # fmt: skip
_OF_VERDICT = ("statut", "qpv", "nom", "distance", "phrase")


def listed(
    questions: Initiatives,
    filters: Filters,
    absolute: Callable[[str], str],
    bounded: bool = True,
) -> Extract:
    """All the initiatives that the filters keep. ``absolute`` makes an address of a path.

    Raises:
        BadInput: somebody waits for them (``bounded``), and they are more than ``MOST_LINES``.
    """
    count = questions.count(filters)
    if bounded and count > MOST_LINES:
        raise BadInput(
            f"{count} initiatives : un fichier en contient {MOST_LINES} au plus. "
            "Choisissez un thème ou un territoire."
        )
    generations = tuple(questions.indexes)
    of_verdicts = (f"{what}_{generation}" for generation in generations for what in _OF_VERDICT)
    return Extract(
        "initiatives",
        (*_TOLD, *of_verdicts, "url"),
        count,
        (_record(card, generations, absolute(card.url)) for card in questions.kept(filters)),
        "Point",
    )


def _record(card: InitiativeCard, generations: tuple[int, ...], url: str) -> Record:
    verdicts = chain.from_iterable(_verdict(card.verdicts.get(of)) for of in generations)
    return Record((*_told(card), *verdicts, url), _point(card))


def _point(card: InitiativeCard) -> shapely.Point | None:
    if card.lon is None or card.lat is None:
        return None
    return shapely.Point(card.lon, card.lat)


def _told(card: InitiativeCard) -> Iterator[Cell]:
    yield from (card.slug, card.name, card.summary)
    yield "|".join(theme.slug for theme in card.themes)
    yield from (card.commune, card.insee_code)
    yield card.departement.code if card.departement else None
    yield card.region.code if card.region else None
    yield from (_rounded(card.lat, 6), _rounded(card.lon, 6))
    yield from (card.precision, _rounded(card.radius_m, 1), card.status, card.source)


def _verdict(shown: ShownVerdict | None) -> tuple[Cell, ...]:
    if shown is None:
        return (None,) * len(_OF_VERDICT)
    codes = "|".join(qpv.code for qpv in shown.qpv)
    names = "|".join(qpv.name for qpv in shown.qpv)
    return (shown.status, codes, names, _rounded(shown.distance_m, 1), shown.sentence)


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)
