"""The data described for harvesters in the words of DCAT-AP 3, as JSON-LD."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mapapp.opendata.datasets import DATASETS, FORMS, Dataset
from mapapp.opendata.snapshots import Snapshot
from mapapp.opendata.taking import LICENCE
from mapapp.queries.facts import Holdings
from mapapp.store.catalogue import Source
from mapapp.web.site import absolute, site

Node = dict[str, Any]

LICENCE_URL = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_EU = "http://publications.europa.eu/resource/authority"
_FRENCH = {"@id": f"{_EU}/language/FRA"}
_FRANCE = {"@id": f"{_EU}/country/FRA"}
#: « Population et société » and « Régions et villes », of the vocabulary of European portals.
_THEMES = [{"@id": f"{_EU}/data-theme/SOCI"}, {"@id": f"{_EU}/data-theme/REGI"}]
_KEYWORDS = ["économie sociale et solidaire", "ESS", "quartiers prioritaires", "QPV"]
_SHA256 = {"@id": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"}
_MEDIA_TYPES = "http://www.iana.org/assignments/media-types"

#: Who publishes when the operator has not said it: the instance itself.
_UNNAMED = "Instance de mapapp dont l’éditeur n’est pas déclaré"


def catalogue(
    held: Holdings,
    changed_on: str,
    sources: Sequence[Source],
    snapshots: Sequence[Snapshot],
    current: Snapshot | None,
) -> Node:
    """The catalogue of this instance: its datasets, and the files of each.

    Sizes and checksums are told where they are known: when ``current``, the last snapshot, holds
    the data of now.
    """
    about = {"@id": absolute("/donnees")}
    datasets = [_dataset(one, held, changed_on, sources, snapshots, current) for one in DATASETS]
    return {
        "@context": _CONTEXT,
        **about,
        "@type": "dcat:Catalog",
        "dct:title": _french("L’ESS dans les quartiers prioritaires : données ouvertes"),
        "dct:description": _french(
            "Initiatives de l’économie sociale et solidaire, ressources, quartiers prioritaires "
            "de la politique de la ville, et ce qui y manque."
        ),
        "dct:publisher": _publisher(),
        "dct:language": _FRENCH,
        "dct:license": {"@id": LICENCE_URL},
        "dct:spatial": _FRANCE,
        "dct:modified": _day(changed_on),
        "foaf:homepage": {"@id": absolute("/")},
        "dcat:dataset": datasets,
    }


def _dataset(
    dataset: Dataset,
    held: Holdings,
    changed_on: str,
    sources: Sequence[Source],
    snapshots: Sequence[Snapshot],
    current: Snapshot | None,
) -> Node:
    told = {
        "@id": absolute(f"/donnees#{dataset.name}"),
        "@type": "dcat:Dataset",
        "dct:identifier": absolute(f"/donnees#{dataset.name}"),
        "dct:title": _french(dataset.title),
        "dct:description": _french(dataset.description),
        "dct:publisher": _publisher(),
        "dcat:contactPoint": _contact(),
        "dct:language": _FRENCH,
        "dct:spatial": _FRANCE,
        "dct:temporal": _period(sources, changed_on),
        "dct:modified": _day(changed_on),
        "dcat:version": held.data_version,
        "dct:accrualPeriodicity": {"@id": f"{_EU}/frequency/IRREG"},
        "dcat:theme": _THEMES,
        "dcat:keyword": [_french(word) for word in _KEYWORDS],
        "dcat:landingPage": {"@id": absolute("/donnees")},
        "dct:source": [{"@id": source.url} for source in sources if source.url],
        "dcat:hasVersion": [{"@id": absolute(snapshot.url)} for snapshot in snapshots],
        "dcat:distribution": list(_distributions(dataset, changed_on, current)),
    }
    return {name: value for name, value in told.items() if value not in (None, [])}


def _distributions(dataset: Dataset, changed_on: str, current: Snapshot | None) -> Iterator[Node]:
    for form in dataset.offered(current is not None):
        label, media_type = FORMS[form]
        name = f"{dataset.name}.{form}"
        address = absolute(f"/donnees/{name}")
        told: Node = {
            "@id": address,
            "@type": "dcat:Distribution",
            "dct:title": _french(f"{dataset.title} ({label})"),
            "dcat:accessURL": {"@id": address},
            "dcat:downloadURL": {"@id": address},
            "dcat:mediaType": {"@id": f"{_MEDIA_TYPES}/{media_type}"},
            "dct:format": label,
            "dct:license": {"@id": LICENCE_URL},
            "dct:rights": _french(LICENCE),
            "dct:modified": _day(changed_on),
        }
        if form in ("csv", "xlsx"):
            told["dct:conformsTo"] = {"@id": absolute(f"/schemas/{dataset.name}.json")}
        kept = current.by_name.get(name) if current else None
        if kept:
            told["dcat:byteSize"] = {"@type": "xsd:nonNegativeInteger", "@value": str(kept.size)}
            told["spdx:checksum"] = {
                "@type": "spdx:Checksum",
                "spdx:algorithm": _SHA256,
                "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": kept.sha256},
            }
        yield told


def _publisher() -> Node:
    return {
        "@id": absolute("/mentions-legales"),
        "@type": "foaf:Agent",
        "foaf:name": site().publisher or _UNNAMED,
    }


def _contact() -> Node | None:
    contact = site().contact
    if not contact:
        return None
    named = {"@type": "vcard:Kind", "vcard:fn": site().publisher or "mapapp"}
    if contact.startswith(("http://", "https://")):
        return named | {"vcard:hasURL": {"@id": contact}}
    return named | {"vcard:hasEmail": {"@id": f"mailto:{contact}"}}


def _period(sources: Sequence[Source], changed_on: str) -> Node | None:
    """From the oldest source to the last change; None when no source is dated."""
    starts = [source.date for source in sources if source.date]
    if not starts:
        return None
    start = min(starts)
    kinds = {4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date"}
    return {
        "@type": "dct:PeriodOfTime",
        "dcat:startDate": {"@type": kinds[len(start)], "@value": start},
        "dcat:endDate": _day(changed_on),
    }


def _day(iso: str) -> Node:
    return {"@type": "xsd:date", "@value": iso}


def _french(text: str) -> Node:
    return {"@language": "fr", "@value": text}
