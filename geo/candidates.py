"""What a geocoder answers: places that a text may mean, with the evidence to judge them on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from geopy.location import Location

from geo.position import DEFAULT_RADIUS_M, Position, Precision

#: What the BAN's types say of the point. A type that another server adds says nothing we know:
#: it has no precision, so it is never pinned.
PRECISIONS = {
    "housenumber": Precision.ADDRESS,
    "street": Precision.STREET,
    "locality": Precision.PLACE,
    "municipality": Precision.COMMUNE,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that the text may mean.

    A score sorts, it is not a probability: a text without sense still gets a candidate, with a
    low score, and a wrong street may score well. Accepting is another module's judgement, on
    type, agreement of commune, name and score together.

    Attributes:
        position: for a commune, the server's point with a radius of 0, meaning *not known here*:
            take the gazetteer's own point and radius by ``insee_code``.
        label: the full name as the server writes it: untrusted text.
        kind: the server's word (``housenumber``…), kept as evidence.
        score: between 0 and 1; 0 when the server gives none.
        insee_code: commune or arrondissement, ``None`` when the server does not say; as are
            ``postcode``, ``city``, ``number`` (« 12 bis ») and ``street`` (or named place).
        next_score: that of the second candidate, which a batch does not show; 0 when unknown.
    """

    position: Position
    label: str
    kind: str
    score: float
    insee_code: str | None
    postcode: str | None
    city: str | None
    number: str | None = None
    street: str | None = None
    next_score: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answered, and the candidates in the server's order: the best first."""

    provider: str
    candidates: tuple[Candidate, ...]

    def as_json(self) -> dict[str, Any]:
        """The answer in plain values, to be kept."""
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Answer:
        """The answer that was kept."""
        return cls(kept["provider"], tuple(map(candidate_kept, kept["candidates"])))


def candidate_kept(kept: Mapping[str, Any]) -> Candidate:
    """The candidate that was kept in plain values, as ``dataclasses.asdict`` gives them."""
    point = kept["position"]
    position = Position(**point | {"precision": Precision(point["precision"])})
    return Candidate(**{**kept, "position": position})


def candidate_of_feature(location: Location) -> Candidate:
    """The candidate that a geopy location of the BAN tells."""
    said = location.raw["properties"]
    name = _text(said.get("street")) or _text(said.get("name"))
    point = Position(location.longitude, location.latitude)
    return _candidate(point, location.address, said, name)


def candidate_of_row(row: Mapping[str, str]) -> Candidate | None:
    """The candidate that a line of the CSV batch tells, None when nothing was found.

    Raises:
        ValueError: the line has coordinates that are no place.
    """
    if not row["latitude"] or not row["result_label"]:
        return None
    point = Position(float(row["longitude"]), float(row["latitude"]))
    said = {name.removeprefix("result_"): value or None for name, value in row.items()}
    score = {name: float(said.get(name) or 0) for name in ("score", "score_next")}
    name = said.get("street") or said.get("name")
    return _candidate(point, row["result_label"], said | score, name)


def _candidate(point: Position, label: str, said: Mapping[str, Any], name: str | None) -> Candidate:
    kind = _text(said.get("type")) or ""
    precision = PRECISIONS.get(kind, Precision.NONE)
    radius_m = DEFAULT_RADIUS_M.get(precision, 0.0)
    return Candidate(
        position=Position(point.lon, point.lat, precision, radius_m),
        label=label,
        kind=kind,
        score=_score(said.get("score")),
        insee_code=_text(said.get("citycode")),
        postcode=_text(said.get("postcode")),
        city=_text(said.get("city")),
        number=_text(said.get("housenumber")),
        street=name,
        next_score=_score(said.get("score_next")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _score(value: object) -> float:
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else 0.0
