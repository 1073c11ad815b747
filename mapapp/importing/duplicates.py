"""Records that may tell of the same initiative: reported with the reason, never merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist
from shapely import STRtree, box, points

from geo.names import plain
from geo.wording import metres
from mapapp.errors import cited

#: Letters in a hundred that agree once the words are sorted: « Les Jardins de la Croix-Rouge » and
#: « La Croix-Rouge (jardin de) » meet at 90.6, « Régie de quartier nord de Reims » and « … sud de
#: Reims » stay apart at 85.2. Lower, neighbours of one network are taken for one another.
ALIKE = 90

#: The accuracy of two geocoders that answer the same street (200 m at most, see the radius of
#: geo.position) with some margin; and what the product calls « near ». Farther, two branches of
#: one network bear the same name.
WITHIN_M = 300.0

#: More names than this in a square of 300 m and the points are those of a commune, not of
#: addresses (the densest streets of Paris count some 30 establishments of the social economy in
#: such a square): nearness means nothing there, only names that are equal are compared.
_CROWD = 200

_METRES_PER_DEGREE = 111_195.0
#: Rows compared at once; it bounds the memory, not the result.
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Known:
    """What a record tells to be recognised by; ``lon`` and ``lat`` in degrees."""

    key: str
    name: str
    lon: float | None
    lat: float | None
    siret: str | None
    website: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row and the record that it may repeat, with the reason in French."""

    key: str
    other_key: str
    other_source: str
    reason: str


#: Ranks of a row and of the record before it that it may repeat, and why.
_Found = tuple[int, int, str]


def possible_duplicates(rows: Sequence[Known], others: Sequence[Known]) -> list[Duplicate]:
    """The rows that may repeat a record of ``others`` or a row before them, in their order.

    A row whose SIRET, site, or name and point, are those of many is reported once, with the first
    of them. Its own former record (same source and key, among ``others``) is no duplicate.
    """
    everyone, first_row = [*others, *rows], len(others)
    reasons: dict[tuple[int, int], list[str]] = defaultdict(list)
    for rank, other, reason in _found(everyone, first_row):
        reasons[rank, other].append(reason)
    return [
        Duplicate(
            everyone[rank].key, everyone[other].key, everyone[other].source, " ; ".join(found)
        )
        for (rank, other), found in sorted(reasons.items())
    ]


def _found(everyone: Sequence[Known], first_row: int) -> Iterator[_Found]:
    names = [" ".join(sorted(plain(record.name).split())) for record in everyone]
    sirets = [record.siret or None for record in everyone]
    sites = [_site(record.website) for record in everyone]
    spots = [_spot(record, name) for record, name in zip(everyone, names, strict=True)]
    for rank, other in _sharing(everyone, sirets, first_row):
        yield rank, other, f"même SIRET ({sirets[rank]})"
    for rank, other in _sharing(everyone, sites, first_row):
        yield rank, other, f"même site ({cited(sites[rank] or '')})"
    for rank, other in _sharing(everyone, spots, first_row):
        yield rank, other, f"même nom au même endroit («\u00a0{cited(everyone[other].name)}\u00a0»)"
    yield from _alike_nearby(everyone, names, spots, first_row)


def _site(website: str | None) -> str | None:
    """Host, path and query, whatever the scheme and « www »: what a page is known by."""
    try:
        parts = urlsplit(website or "")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}" if host else None


def _spot(record: Known, name: str) -> tuple[str, float, float] | None:
    """The name and the point to a metre (five decimals)."""
    if record.lon is None or record.lat is None or not name:
        return None
    return name, round(record.lon, 5), round(record.lat, 5)


def _sharing(
    everyone: Sequence[Known], marks: Sequence[Hashable | None], first_row: int
) -> Iterator[tuple[int, int]]:
    """Each row with the first record before it that bears the same mark."""
    bearers: dict[Hashable, list[int]] = defaultdict(list)
    for rank, mark in enumerate(marks):
        if mark is None:
            continue
        before = bearers[mark]
        if rank >= first_row:
            strangers = (other for other in before if _differ(everyone, rank, other, first_row))
            yield from ((rank, other) for other in islice(strangers, 1))
        if len(before) < 2:  # the first, and one more for the row whose own record is the first
            before.append(rank)


def _differ(everyone: Sequence[Known], rank: int, other: int, first_row: int) -> bool:
    row, record = everyone[rank], everyone[other]
    return other >= first_row or (row.source, row.key) != (record.source, record.key)


def _alike_nearby(
    everyone: Sequence[Known],
    names: Sequence[str],
    spots: Sequence[tuple[str, float, float] | None],
    first_row: int,
) -> Iterator[_Found]:
    """Pairs of records whose names are alike, within ``WITHIN_M``, in squares without a crowd."""
    candidates = {(spot, rank >= first_row): rank for rank, spot in enumerate(spots) if spot}
    ranks = np.array(sorted(candidates.values()), dtype=np.int64)
    lon_lat = np.array([spots[rank][1:] for rank in ranks], dtype=float).reshape(-1, 2)
    alone = _uncrowded(lon_lat)
    ranks, lon_lat = ranks[alone], lon_lat[alone]
    for near, far, apart_m in _neighbours(lon_lat, ranks >= first_row):
        first, second = ranks[near].tolist(), ranks[far].tolist()
        scores = cpdist([names[r] for r in first], [names[r] for r in second], scorer=fuzz.ratio)
        for at in np.flatnonzero(scores >= ALIKE).tolist():
            rank, other = max(first[at], second[at]), min(first[at], second[at])
            if spots[rank] != spots[other] and _differ(everyone, rank, other, first_row):
                name = cited(everyone[other].name)
                reason = f"nom proche («\u00a0{name}\u00a0») à {metres(float(apart_m[at]))}"
                yield rank, other, reason


def _uncrowded(lon_lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points lie in a square of ``WITHIN_M`` that is not crowded."""
    if not len(lon_lat):
        return np.zeros(0, dtype=bool)
    scale = np.cos(np.radians(lon_lat[:, 1]))
    north = np.floor(lon_lat[:, 1] * _METRES_PER_DEGREE / WITHIN_M)
    east = np.floor(lon_lat[:, 0] * scale * _METRES_PER_DEGREE / WITHIN_M)
    _, square, counts = np.unique(
        np.column_stack((east, north)), axis=0, return_inverse=True, return_counts=True
    )
    crowded: NDArray[np.bool_] = counts[square.reshape(-1)] > _CROWD
    return ~crowded


def _neighbours(
    lon_lat: NDArray[np.float64], is_row: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    """Each row's neighbours within ``WITHIN_M``, a pair of rows once, with the distance (m)."""
    tree = STRtree(np.asarray(points(lon_lat)))
    rows = np.flatnonzero(is_row)
    reach = WITHIN_M / _METRES_PER_DEGREE
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        lon, lat = lon_lat[batch].T
        wide = reach / np.maximum(np.cos(np.radians(lat)), 0.01)
        near, far = tree.query(box(lon - wide, lat - reach, lon + wide, lat + reach))
        near = batch[near]
        once = (far < near) | ~is_row[far]
        near, far = near[once], far[once]
        apart_m = _apart_m(lon_lat[near], lon_lat[far])
        close = apart_m <= WITHIN_M
        yield near[close], far[close], apart_m[close]


def _apart_m(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres between neighbours, on a plane: at 300 m the Earth's curve is less than 1 %."""
    shift = (other - one) * _METRES_PER_DEGREE
    shift[:, 0] *= np.cos(np.radians((one[:, 1] + other[:, 1]) / 2))
    apart: NDArray[np.float64] = np.hypot(shift[:, 0], shift[:, 1])
    return apart
