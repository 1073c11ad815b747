"""Filters: query parameters with one meaning everywhere (pages, API, map)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from geo.distance import Box
from geo.position import Position
from geo.verdict import NEAR_M, Status
from mapapp.errors import BadInput, FieldError, cited
from mapapp.queries.distances import LARGEST_DISTANCE_M, nearest_step
from mapapp.store import catalogue as cat
from mapapp.store import territory as ter
from mapapp.words import search_words

NEWEST_GENERATION = 2024

#: A search of more words than this is not a search; the limit bounds the work of one request.
LONGEST_QUERY = 100

#: Around a place nobody named a radius for: a quarter of an hour by bicycle.
DEFAULT_RAYON_M = 5_000.0

#: Beyond a day's return trip « près de » says nothing; the flat reckoning holds 0.1 % up to there.
LARGEST_RAYON_M = 100_000.0

#: A sentence names no more faulty themes than this.
_MOST_NAMED = 5

#: How QPVs may be ordered by what they lack.
SORTS = {
    "manques": "Thèmes sans exemple",
    "population": "Population",
    "distance": "Distance au premier exemple",
    "nom": "Nom",
}
DEFAULT_SORT = "manques"

#: Control characters, and what stands for bytes that are not UTF-8.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")

#: Nobody reads page ten million: a longer number is a mistake, and would overflow the store.
_PAGE = re.compile("[1-9][0-9]{0,6}")

_PEOPLE = re.compile("[0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked of the initiatives; empty means « all ».

    ``etat`` is a verdict status for ``generation``; ``bbox`` is west, south, east, north (degrees)
    with west > east when it crosses the antimeridian. ``lat`` and ``lon`` (degrees) come together:
    what is at most ``rayon`` metres from there. ``distance`` (metres, one of
    ``DISTANCE_STEPS_M``): up to where an example counts as near a QPV. ``population``: QPVs of so
    many inhabitants at least. ``tri``: how QPVs are ordered; ``tous``: those that lack nothing too.
    """

    q: str = ""
    theme: tuple[str, ...] = ()
    qpv: str = ""
    commune: str = ""
    departement: str = ""
    region: str = ""
    epci: str = ""
    source: str = ""
    etat: str = ""
    generation: int = NEWEST_GENERATION
    distance: float = NEAR_M
    population: int = 0
    tri: str = DEFAULT_SORT
    tous: bool = False
    lat: float | None = None
    lon: float | None = None
    rayon: float = DEFAULT_RAYON_M
    bbox: Box | None = None
    page: int = 1

    @property
    def place(self) -> Position | None:
        """The place around which is searched, if any."""
        if self.lat is None or self.lon is None:
            return None
        return Position(self.lon, self.lat)

    @property
    def themes(self) -> tuple[str, ...]:
        """Slugs of the themes asked for."""
        return self.theme

    @property
    def words(self) -> list[str]:
        """The words searched for, as the store holds them."""
        return search_words(self.q)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The filters that the search form has no field for, kept as hidden inputs."""
        shown = ("q", "theme", "generation", "page")
        return [(name, value) for name, value in self.pairs() if name not in shown]

    def only(self, names: Collection[str]) -> Filters:
        """These filters alone, the others as if not asked."""
        return Filters(**{name: getattr(self, name) for name in names})

    def pairs(self, **changes: object) -> list[tuple[str, str]]:
        """Name and value of each filter that is not its default, in a stable order."""
        return [
            pair
            for field in fields(self)
            for pair in _pairs(field.name, changes.get(field.name, getattr(self, field.name)))
        ]

    def query_string(self, **changes: object) -> str:
        """``?q=…&theme=…`` with some filters changed; empty when nothing is asked."""
        pairs = self.pairs(**changes)
        return f"?{urlencode(pairs)}" if pairs else ""


def _pairs(name: str, value: object) -> list[tuple[str, str]]:
    if value in ("", (), None) or value == _DEFAULTS[name]:
        return []
    if value is True:
        return [(name, "1")]
    if name == "bbox" and isinstance(value, tuple):
        return [(name, box_text(value))]
    values = value if isinstance(value, tuple) else (value,)
    return [
        (name, repr(one).removesuffix(".0") if isinstance(one, float) else str(one))
        for one in values
    ]


_DEFAULTS: dict[str, object] = {field.name: field.default for field in fields(Filters)}


def box_text(box: Box) -> str:
    """The box as :func:`read_bbox` reads it: one that crosses the antimeridian goes on past 180."""
    west, south, east, north = box
    unwrapped = (west, south, east + 360 if east < west else east, north)
    return ",".join(repr(degrees).removesuffix(".0") for degrees in unwrapped)


Arguments = Mapping[str, Sequence[str]]


def read_filters(arguments: Arguments, session: Session) -> Filters:
    """The filters of a request; ``arguments`` gives the values of each parameter.

    Raises:
        BadInput: one or more values have no meaning; every fault is told.
    """
    given = {name: _given(arguments, name) for name in _READERS}
    faults: list[FieldError] = []
    read: dict[str, object] = {}
    for name, values in given.items():
        try:
            if values:
                read[name] = _READERS[name](values, session)
        except ValueError as error:
            faults.append(FieldError(name, str(error)))
    faults += _lonely(read) if not faults else []
    if faults:
        raise BadInput(" ".join(fault.message for fault in faults), faults)
    return Filters(**read)  # type: ignore[arg-type]


def read_known_filters(
    arguments: Arguments, session: Session
) -> tuple[Filters, tuple[FieldError, ...]]:
    """The filters that have a meaning, and what is wrong with the others."""
    try:
        return read_filters(arguments, session), ()
    except BadInput as fault:
        faulty = {error.field for error in fault.errors}
        if faulty & _AROUND:
            faulty |= _AROUND  # half a place is none
        kept = {name: values for name, values in arguments.items() if name not in faulty}
        if "theme" in faulty:
            slugs = _given(arguments, "theme")
            kept["theme"] = [slug for slug in slugs if session.get(cat.Theme, slug)]
        filters, others = read_known_filters(kept, session)
        return filters, (*fault.errors, *others)


_AROUND = {"lat", "lon", "rayon"}


def _lonely(read: Mapping[str, object]) -> list[FieldError]:
    """Half a place, or a radius around none."""
    missing = {"lat", "lon"} - read.keys()
    if missing and ("rayon" in read or len(missing) == 1):
        return [
            FieldError(name, f"{name} manque : une place se dit par lat et lon, ensemble.")
            for name in sorted(missing)
        ]
    return []


def _given(arguments: Arguments, name: str) -> list[str]:
    return [value.strip() for value in arguments.get(name) or () if value.strip()]


Reader = Callable[[list[str], Session], object]


def read_exactitude(text: str) -> float:
    """Metres within which a given position is true; ValueError with a French sentence."""
    return _bounded("exactitude", text, 0, LARGEST_RAYON_M, "mètres")


def _text(values: list[str], _session: Session) -> str:
    return read_query(values[-1])


def read_query(value: str) -> str:
    """The words of a search; ValueError with a French sentence when they cannot be read."""
    if len(value) > LONGEST_QUERY:
        raise ValueError(f"Recherche trop longue : {LONGEST_QUERY} caractères au plus.")
    if _UNREADABLE.search(value):
        raise ValueError("Recherche illisible : du texte en UTF-8 est attendu.")
    return value


def _themes(values: list[str], session: Session) -> tuple[str, ...]:
    slugs = tuple(dict.fromkeys(values))
    unknown = [f"« {cited(slug)} »" for slug in slugs if not session.get(cat.Theme, slug)]
    if unknown:
        named = ", ".join(unknown[:_MOST_NAMED])
        raise ValueError(f"Thème inconnu : {named}. La liste est sur /api/v1/themes.")
    return slugs


def _known(model: type[object], sentence: str) -> Reader:
    def read(values: list[str], session: Session) -> str:
        if session.get(model, values[-1]) is None:
            raise ValueError(sentence.format(cited(values[-1])))
        return values[-1]

    return read


def _commune(values: list[str], session: Session) -> str:
    code = values[-1].upper()
    if session.get(ter.Commune, code):
        return code
    former = session.get(ter.FormerCommune, code)
    if former is None:
        cause = f"Commune inconnue : « {cited(values[-1])} »."
        raise ValueError(f"{cause} Un code INSEE est attendu.")
    return former.current_code


def _qpv(values: list[str], session: Session) -> str:
    code = values[-1].upper()
    if session.get(ter.Qpv, code) is None:
        raise ValueError(f"QPV inconnu : « {cited(code)} », en 2015 comme en 2024.")
    return code


def _status(values: list[str], _session: Session) -> str:
    allowed = [status.value for status in Status]
    if values[-1] not in allowed:
        raise ValueError(f"État inconnu : « {cited(values[-1])} ». Attendu : {', '.join(allowed)}.")
    return values[-1]


def _generation(values: list[str], _session: Session) -> int:
    return read_generation(values[-1])


def read_generation(value: str) -> int:
    """2015 or 2024; ValueError with a French sentence otherwise."""
    if value not in ("2015", "2024"):
        raise ValueError(f"Génération inconnue : « {cited(value)} ». Attendu : 2015 ou 2024.")
    return int(value)


def _page(values: list[str], _session: Session) -> int:
    if not _PAGE.fullmatch(values[-1]):
        raise ValueError(f"Page inconnue : « {cited(values[-1])} ». Attendu : 1, 2, 3…")
    return int(values[-1])


def _degrees(name: str, limit: int) -> Reader:
    def read(values: list[str], _session: Session) -> float:
        return _bounded(name, values[-1], -limit, limit, "degrés")

    return read


def _metres(name: str, highest: float) -> Reader:
    def read(values: list[str], _session: Session) -> float:
        return _bounded(name, values[-1], 1, highest, "mètres")

    return read


def _bounded(name: str, text: str, lowest: float, highest: float, unit: str) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not lowest <= value <= highest:
        expected = f"un nombre de {unit} entre {lowest:g} et {highest:g} est attendu".replace(
            "-", "−"
        )
        raise ValueError(f"{name} « {cited(text)} » : {expected}.")
    return value


def _distance(values: list[str], _session: Session) -> float:
    asked = _bounded("distance", values[-1], 1, LARGEST_DISTANCE_M, "mètres")
    return nearest_step(asked)


def _population(values: list[str], _session: Session) -> int:
    if not _PEOPLE.fullmatch(values[-1]):
        raise ValueError(f"Population « {cited(values[-1])} » : un nombre d’habitants est attendu.")
    return int(values[-1])


def _sort(values: list[str], _session: Session) -> str:
    if values[-1] not in SORTS:
        raise ValueError(f"Tri inconnu : « {cited(values[-1])} ». Attendu : {', '.join(SORTS)}.")
    return values[-1]


def _yes(values: list[str], _session: Session) -> bool:
    if values[-1] not in ("0", "1"):
        raise ValueError(f"tous « {cited(values[-1])} » : 0 ou 1 est attendu.")
    return values[-1] == "1"


def _bbox(values: list[str], _session: Session) -> Box:
    return read_bbox(values[-1])


def read_bbox(value: str) -> Box:
    """West, south, east, north in degrees, brought within ±180°, the whole width at most.

    Maps that have been dragged round the world ask beyond ±180°: that is understood.

    Raises:
        ValueError: not four such numbers (French).
    """
    expected = "attendu : ouest,sud,est,nord en degrés, par exemple -5.2,41.3,9.6,51.1"
    try:
        west, south, east, north = (float(part) for part in value.split(","))
    except ValueError:
        raise ValueError(f"bbox « {cited(value)} » : {expected}.") from None
    in_range = all(map(math.isfinite, (west, south, east, north))) and (
        -90 <= south <= north <= 90 and -540 <= west <= east <= 540
    )
    if not in_range:
        raise ValueError(f"bbox « {cited(value)} » : hors limites ou inversée ; {expected}.")
    if east - west >= 360:
        return (-180.0, south, 180.0, north)
    return (_wrapped(west), south, _wrapped(east), north)


def _wrapped(lon: float) -> float:
    # Nine decimals are 0.1 mm; further ones are noise that the turn itself has brought.
    return lon if -180 <= lon <= 180 else round(180 - (180 - lon) % 360, 9)


_READERS: dict[str, Reader] = {
    "q": _text,
    "theme": _themes,
    "qpv": _qpv,
    "commune": _commune,
    "departement": _known(ter.Departement, "Département inconnu : « {} »."),
    "region": _known(ter.Region, "Région inconnue : « {} ». Un code INSEE est attendu."),
    "epci": _known(ter.Epci, "EPCI inconnu : « {} ». Un SIREN est attendu."),
    "source": _known(cat.Source, "Source inconnue : « {} »."),
    "etat": _status,
    "generation": _generation,
    "distance": _distance,
    "population": _population,
    "tri": _sort,
    "tous": _yes,
    "lat": _degrees("lat", 90),
    "lon": _degrees("lon", 180),
    "rayon": _metres("rayon", LARGEST_RAYON_M),
    "bbox": _bbox,
    "page": _page,
}
