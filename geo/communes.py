"""Paris, Lyon and Marseille: one commune for some files, arrondissements for others.

Geocoders answer the arrondissement (75120), the QPV files of 2024 the commune (75056), the files
of 2015 name arrondissements. Codes: INSEE, code officiel géographique, municipal arrondissements.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ARRONDISSEMENTS = {
    "75056": range(75101, 75121),
    "69123": range(69381, 69390),
    "13055": range(13201, 13217),
}

#: Arrondissement code → commune code.
PARENT_COMMUNE = MappingProxyType(
    {str(code): parent for parent, codes in _ARRONDISSEMENTS.items() for code in codes}
)


def parent_commune(insee_code: str) -> str:
    """The commune of an arrondissement; any other code is its own commune."""
    return PARENT_COMMUNE.get(insee_code, insee_code)


def departement_of(insee_code: str) -> str:
    """The département (or overseas territory) code that an INSEE code starts with."""
    return insee_code[:3] if insee_code.startswith(("97", "98")) else insee_code[:2]


def same_commune(
    told: str, found: str, successors: Mapping[str, str] = MappingProxyType({})
) -> bool:
    """Whether two INSEE codes speak of one commune.

    A former commune is the one that took it in (``successors``: former code → present code), and
    Paris agrees with any of its arrondissements; two arrondissements are two places.
    """
    told, found = successors.get(told, told), successors.get(found, found)
    return told == found or parent_commune(told) == found or told == parent_commune(found)
