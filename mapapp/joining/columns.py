"""Which columns of a table tell a place, and the columns that the join adds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from geo.names import plain
from mapapp.errors import BadInput, cited
from mapapp.importing.mapping import likeliest

#: What is told of each generation, in the order of the contract; and of the row.
OF_GENERATION = ("qpv", "nom", "statut", "distance")
OF_ROW = ("precision", "phrase")
EVERY_COLUMN = (*OF_GENERATION, *OF_ROW)

#: Columns that place an address beside its text, by their names of an initiatives file.
_ADDRESS_PARTS = {"postcode": "code_postal", "commune": "commune", "insee_code": "code_insee"}

#: What a radius in metres is called, without case or accents.
_RADIUS_NAMES = ("rayon m", "rayon", "radius m")


@dataclass(frozen=True, slots=True)
class Told:
    """What one row tells of its place, as texts; ``fault``: why the row itself cannot be read."""

    longitude: str = ""
    latitude: str = ""
    precision: str = ""
    radius_m: str = ""
    address: str = ""
    postcode: str = ""
    commune: str = ""
    insee_code: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class PlaceColumns:
    """Ranks of the columns that tell each field of :class:`Told`; several only for the address."""

    longitude: tuple[int, ...] = ()
    latitude: tuple[int, ...] = ()
    precision: tuple[int, ...] = ()
    radius_m: tuple[int, ...] = ()
    address: tuple[int, ...] = ()
    postcode: tuple[int, ...] = ()
    commune: tuple[int, ...] = ()
    insee_code: tuple[int, ...] = ()

    @property
    def used(self) -> dict[str, tuple[int, ...]]:
        """The fields that some column tells."""
        told = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: ranks for name, ranks in told if ranks}

    def told(self, cells: Sequence[str], fault: str = "") -> Told:
        """What a row tells; cells that it lacks are empty."""
        read = {
            name: ", ".join(
                filter(None, (cells[rank].strip() for rank in ranks if rank < len(cells)))
            )
            for name, ranks in self.used.items()
        }
        return Told(**read, fault=fault)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The columns that the asker names; empty: they are known by their usual names."""

    lon: str = ""
    lat: str = ""
    address: tuple[str, ...] = ()


def choose_columns(headers: Sequence[str], wanted: Wanted | None = None) -> PlaceColumns:
    """The columns that tell a place: those that are named, else those with a usual name.

    Raises:
        BadInput: a named column is not there, or nothing tells a place.
    """
    wanted = wanted or Wanted()
    if bool(wanted.lon) != bool(wanted.lat):
        raise BadInput("Nommez les deux colonnes, longitude et latitude.")
    if wanted.address:
        return PlaceColumns(
            **_addresses([_rank(name, headers) for name in wanted.address], headers)
        )
    lon, lat = (
        (_rank(named, headers),) if named else _by_name(usual, headers)
        for named, usual in ((wanted.lon, "longitude"), (wanted.lat, "latitude"))
    )
    found = _usual_address(headers)
    if lon and lat:
        found |= {"longitude": lon, "latitude": lat} | _exactness(headers)
    columns = PlaceColumns(**found)
    if not (columns.longitude or columns.address or columns.commune or columns.insee_code):
        raise BadInput(
            "Aucune colonne ne dit un lieu : nommez-les longitude et latitude, ou adresse, "
            "code_postal, commune ou code_insee, ou dites lesquelles. "
            f"Colonnes du fichier : {', '.join(map(cited, headers[:30]))}."
        )
    return columns


def added_columns(
    headers: Iterable[str], generations: Iterable[int], chosen: Sequence[str] = EVERY_COLUMN
) -> tuple[str, ...]:
    """The names of the columns that the join adds, in order; ``chosen`` are the kinds wanted.

    A name that the table has already is preceded by « mapapp_ »: its own columns stay.
    """
    of_generation = [name for name in OF_GENERATION if name in chosen]
    names = [f"{name}_{of}" for of in sorted(generations) for name in of_generation]
    of_row = [name for name in OF_ROW if name in chosen]
    taken = set(headers)
    return tuple(_free(name, taken) for name in (*names, *of_row))


def read_choice(text: str) -> tuple[str, ...]:
    """The kinds of columns that « qpv,statut » names; all when it names none.

    Raises:
        BadInput: a name that is none of them.
    """
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in EVERY_COLUMN:
            raise BadInput(
                f"Colonne inconnue : « {cited(name)} » (attendu : {', '.join(EVERY_COLUMN)})."
            )
    return tuple(name for name in EVERY_COLUMN if name in names) or EVERY_COLUMN


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name = f"mapapp_{name}"
    return name


def _exactness(headers: Sequence[str]) -> dict[str, tuple[int, ...]]:
    radius = [rank for rank, header in enumerate(headers) if plain(header) in _RADIUS_NAMES]
    return {"precision": _by_name("precision", headers), "radius_m": tuple(radius[:1])}


def _usual_address(headers: Sequence[str]) -> dict[str, tuple[int, ...]]:
    found = {field: _by_name(name, headers) for field, name in _ADDRESS_PARTS.items()}
    return found | {"address": _by_name("adresse", headers)}


def _addresses(ranks: Sequence[int], headers: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The named columns: those that have a usual name stand for it, the others are the text."""
    chosen = [headers[rank] for rank in ranks]
    parts = {field: _by_name(name, chosen) for field, name in _ADDRESS_PARTS.items()}
    taken = {rank for found in parts.values() for rank in found}
    text = tuple(rank for at, rank in enumerate(ranks) if at not in taken)
    return {field: tuple(ranks[at] for at in found) for field, found in parts.items()} | {
        "address": text
    }


def _by_name(column: str, headers: Sequence[str]) -> tuple[int, ...]:
    header = likeliest(column, headers)
    return () if header is None else (headers.index(header),)


def _rank(name: str, headers: Sequence[str]) -> int:
    if name in headers:
        return headers.index(name)
    alike = [rank for rank, header in enumerate(headers) if plain(header) == plain(name)]
    if len(alike) == 1:
        return alike[0]
    raise BadInput(
        f"Le fichier n’a pas de colonne « {cited(name)} ». "
        f"Colonnes du fichier : {', '.join(map(cited, headers[:30]))}."
    )
