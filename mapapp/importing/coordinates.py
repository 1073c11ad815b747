"""Two cells as a point: decimal commas, degrees or Lambert-93, and what makes one doubt."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

Floats = NDArray[np.float64]

_NUMBER = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{0,20})?([eE][-+]?[0-9]{1,2})?", re.ASCII)
_DEGREES = re.compile(r"-?[0-9]{1,3}([.,][0-9]{1,20})?", re.ASCII)

#: Metres of Lambert-93 over metropolitan France (IGN, EPSG:2154): the two never overlap, nor do
#: they look like degrees.
_LAMBERT_X = (0.0, 1_300_000.0)
_LAMBERT_Y = (6_000_000.0, 7_200_000.0)

#: Where French territory lies, in degrees (west, south, east, north), some 50 km of sea around.
_TERRITORIES = (
    (-5.7, 41.0, 10.0, 51.6),  # metropolitan France
    (-63.6, 14.0, -60.4, 18.5),  # Saint-Martin, Saint-Barthélemy, Guadeloupe, Martinique
    (-55.0, 2.0, -51.0, 6.2),  # Guyane
    (54.8, -21.8, 56.2, -20.4),  # La Réunion
    (44.6, -13.4, 45.7, -12.3),  # Mayotte
    (-56.9, 46.4, -55.7, 47.5),  # Saint-Pierre-et-Miquelon
    (163.0, -23.2, 168.6, -19.0),  # Nouvelle-Calédonie
    (-155.0, -28.2, -134.0, -7.5),  # Polynésie française
    (-178.6, -14.8, -175.6, -12.8),  # Wallis-et-Futuna
)


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Degrees as texts (empty when nothing can be kept), what to tell, and why to doubt.

    ``faults`` tell of the column that they name, ``latitude`` or ``longitude``.
    """

    latitude: str = ""
    longitude: str = ""
    faults: tuple[tuple[str, str], ...] = ()
    doubt: str | None = None


def read_coordinates(latitude: str, longitude: str) -> Coordinates:
    """The point of a row; a pair that looks swapped is doubtful, never put right in silence."""
    if not latitude and not longitude:
        return Coordinates()
    lat, lon = _number(latitude), _number(longitude)
    if lat is None or lon is None:
        faults = (_fault("latitude", latitude, lat), _fault("longitude", longitude, lon))
        return Coordinates(faults=tuple(fault for fault in faults if fault))
    if (metres := _lambert(lat, lon)) is not None:
        return metres
    if abs(lat) > 90 or abs(lon) > 180:
        column, limit = ("latitude", 90) if abs(lat) > 90 else ("longitude", 180)
        return Coordinates(faults=((column, f"attendue entre −{limit} et {limit} degrés"),))
    return Coordinates(_text(lat), _text(lon), doubt=_doubt(lat, lon))


def _number(cell: str) -> float | None:
    written = "".join(cell.split()).replace(",", ".").replace("\u2212", "-")
    return float(written) if _NUMBER.fullmatch(written) else None


def _fault(column: str, cell: str, number: float | None) -> tuple[str, str] | None:
    if number is not None:
        return None
    if not cell:
        return column, "manque, alors que l’autre coordonnée est donnée"
    return column, "un nombre est attendu, en degrés"


def _lambert(lat: float, lon: float) -> Coordinates | None:
    """Metres in columns of degrees, in either order: which is which is certain."""
    for x, y in ((lon, lat), (lat, lon)):
        if _LAMBERT_X[0] <= x <= _LAMBERT_X[1] and _LAMBERT_Y[0] <= y <= _LAMBERT_Y[1]:
            east, north = _to_degrees().transform(x, y)
            remark = "mètres de Lambert-93, convertis en degrés"
            return Coordinates(_text(north), _text(east), faults=(("latitude", remark),))
    return None


@cache
def _to_degrees() -> Transformer:
    return Transformer.from_crs("EPSG:2154", "EPSG:4326", always_xy=True)


def _doubt(lat: float, lon: float) -> str | None:
    """Outside every French territory, and inside once the two are exchanged: swapped columns."""
    if is_french(lat, lon):
        return None
    if is_french(lon, lat):
        return "Latitude et longitude semblent inversées"
    return "Le point est hors de tout territoire français"


def is_french(lat: float, lon: float) -> bool:
    """Whether a point lies in French territory or in the sea around it."""
    return any(w <= lon <= e and s <= lat <= n for w, s, e, n in _TERRITORIES)


def plain_points(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """The points of many rows, as :func:`read_coordinates` reads degrees; NaN: ask it.

    A pair of numbers that lies in French territory has no fault and leaves no doubt.
    """
    french = np.zeros(len(lat), bool)
    for w, s, e, n in _TERRITORIES:
        french |= (w <= lon) & (lon <= e) & (s <= lat) & (lat <= n)
    # Written out, a smaller number is none that a person or a program would mean.
    french &= (lon == 0) | (np.abs(lon) >= 1e-99)
    return np.where(french, _rounded(lat), np.nan), np.where(french, _rounded(lon), np.nan)


def plain_degrees(cells: Iterable[str]) -> Floats:
    """Cells as degrees where they are plain numbers, NaN where there is more to say."""
    found = (
        float(cell.replace(",", ".")) if _DEGREES.fullmatch(cell) else math.nan for cell in cells
    )
    return np.fromiter(found, np.float64)


def _rounded(degrees: Floats) -> Floats:
    """What :func:`_text` writes, as a number."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = degrees * 1e7
        whole = np.rint(scaled)
        rounded: Floats = whole / 1e7 + 0.0  # never −0
        # The product is rounded too: near a half the exact value decides, as it does in a format.
        at_half = np.flatnonzero(np.abs(np.abs(scaled - whole) - 0.5) < 1e-5)
    rounded[at_half] = [float(_text(value)) for value in degrees[at_half].tolist()]
    return rounded


def _text(degrees: float) -> str:
    """Seven decimals are a centimetre, more than any source knows."""
    text = f"{degrees:.7f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
