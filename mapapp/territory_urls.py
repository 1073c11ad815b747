"""One address for each territory, whatever its kind (docs/decisions/0018)."""

from __future__ import annotations

import re
from enum import StrEnum

#: Every code of a région is that of a département too: what is written plainly is the département.
_REGION = "region-"

#: The overseas territories that are their own région have codes of three figures, and one address.
_PLAIN = re.compile("2[AB]|[0-9]{2,3}")


class Kind(StrEnum):
    """What a territory is; the value is the name of its filter."""

    REGION = "region"
    DEPARTEMENT = "departement"
    EPCI = "epci"
    COMMUNE = "commune"


_SHAPES = (
    (re.compile("[0-9]{9}"), Kind.EPCI),
    (re.compile("[0-9][0-9AB][0-9]{3}"), Kind.COMMUNE),
    (_PLAIN, Kind.DEPARTEMENT),
)


def territory_url(kind: str, code: str) -> str:
    """Path of the page of a territory: ``/territoires/93072``, ``/territoires/region-27``."""
    prefix = _REGION if kind == Kind.REGION and len(code) == 2 else ""
    return f"/territoires/{prefix}{code}"


def read_address(text: str) -> tuple[Kind, str] | None:
    """Kind and code of the territory that the last part of an address names, in any case."""
    written = text.lower()
    if written.startswith(_REGION):
        code = written.removeprefix(_REGION)
        return (Kind.REGION, code) if re.fullmatch("[0-9]{2,3}", code) else None
    code = text.upper()
    return next(((kind, code) for shape, kind in _SHAPES if shape.fullmatch(code)), None)
