"""Records as JSON-LD, in schema.org's words: one node each, no text able to break out of it.

Addresses without a host are relative to that of the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from geo.position import Precision
from mapapp.exporting.extracts import Extract
from mapapp.queries.qpvs import COUNTED

Node = dict[str, Any]
Told = dict[str, Any]

#: Positions that are told: a point that stands for a whole neighbourhood or commune is not where
#: the initiative is, and an engine cannot say so.
TOLD_PRECISIONS = (Precision.POINT, Precision.ADDRESS, Precision.STREET, Precision.PLACE)

#: What a browser or an old JSON reader could take for the end of the block or of a line, and the
#: halves of characters that no UTF-8 holds.
_ESCAPED = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def inert_json(told: Any) -> str:
    """JSON that can stand in a page: no text of it ends its block."""
    return json.dumps(told, ensure_ascii=False).translate(_ESCAPED)


def write_jsonld(extract: Extract, path: Path, node_of: Callable[[Told], Node]) -> None:
    """One document with a node for each record; ``node_of`` makes it from the cells by column."""
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write('{"@context":"https://schema.org","@graph":[')
        for rank, record in enumerate(extract.records):
            told = dict(zip(extract.columns, record.cells, strict=True))
            file.write((",\n" if rank else "\n") + inert_json(node_of(told)))
        file.write("\n]}\n")


def initiative(told: Told) -> Node:
    """A project, where it is and in which QPVs (columns of :mod:`mapapp.exporting.listed`)."""
    place = {
        "@type": "Place",
        "address": _known(
            {
                "@type": "PostalAddress",
                "addressLocality": told["commune"],
                "addressCountry": "FR",
            }
        ),
        "geo": _point(told),
        "containedInPlace": list(_neighbourhoods(told)),
    }
    return _known(
        {
            "@type": "Project",
            "@id": told["url"],
            "url": told["url"],
            "identifier": told["slug"],
            "name": told["nom"],
            "description": told["resume"],
            "keywords": _several(told["themes"]),
            "location": _known(place) if told["commune"] else None,
            "subjectOf": {"@type": "Dataset", "identifier": told["source"]},
        }
    )


def _point(told: Told) -> Node | None:
    if told["precision"] not in TOLD_PRECISIONS:
        return None
    point = {
        "@type": "GeoCoordinates",
        "latitude": told["latitude"],
        "longitude": told["longitude"],
    }
    if told["precision"] in (Precision.POINT, Precision.ADDRESS):
        return point
    return {"@type": "GeoCircle", "geoMidpoint": point, "geoRadius": told["rayon_m"]}


def _neighbourhoods(told: Told) -> Iterator[Node]:
    """The QPVs in which a verdict or the source puts it; being near is not being there."""
    for column in filter(lambda column: column.startswith("qpv_"), told):
        if told[column.replace("qpv", "statut")] in COUNTED:
            for code in _several(told[column]):
                yield {"@type": "AdministrativeArea", "identifier": code}


def resource(told: Told) -> Node:
    """A document of the catalogue (columns of ``data/resources.csv``)."""
    return _known(
        {
            "@type": "CreativeWork",
            "@id": f"/ressources/{told['id']}",
            "identifier": told["id"],
            "name": told["titre"],
            "description": told["resume"],
            "genre": told["type"],
            "keywords": told["theme"],
            "datePublished": str(told["annee"]) if told["annee"] else None,
            "publisher": [
                {"@type": "Organization", "identifier": one} for one in _several(told["editeurs"])
            ],
            "sameAs": told["lien"] if told["type_lien"] == "exact" else None,
        }
    )


def qpv(told: Told) -> Node:
    """A priority neighbourhood, its communes by INSEE code."""
    return _known(
        {
            "@type": "AdministrativeArea",
            "@id": f"/qpv/{told['code']}",
            "identifier": told["code"],
            "name": told["nom"],
            "description": (
                f"Quartier prioritaire de la politique de la ville, génération {told['generation']}"
            ),
            "containedInPlace": [
                {"@type": "AdministrativeArea", "identifier": code}
                for code in _several(told["communes"])
            ],
        }
    )


def _several(cell: str | None) -> list[str]:
    return cell.split("|") if cell else []


def _known(node: Node) -> Node:
    """Without the properties that have no value."""
    return {name: value for name, value in node.items() if value not in (None, "", [])}
