"""What pages tell search engines in schema.org's words, as JSON-LD that no text can break out of.

Templates call these functions (``structured.initiative(record)``) and ``base.html`` writes what
they give. Only what is known is told: a property without a value is left out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Flask
from markupsafe import Markup

from geo.position import Precision
from mapapp.catalogue import Publisher, Resource
from mapapp.opendata.linked import TOLD_PRECISIONS, inert_json
from mapapp.queries.facts import Holdings
from mapapp.queries.initiatives import InitiativeRecord
from mapapp.queries.qpvs import COUNTED, QpvSheet
from mapapp.store.catalogue import Source
from mapapp.verdicts import ShownVerdict
from mapapp.web import site

Told = dict[str, Any]

LICENCE_URL = "https://spdx.org/licenses/etalab-2.0.html"
CATALOGUE = "Catalogue de ressources Politique de la ville & ESS"


def init_app(app: Flask) -> None:
    """Give templates ``structured`` (this module) and ``json_ld(told)``."""
    app.jinja_env.globals.update(structured=sys.modules[__name__], json_ld=json_ld)


def json_ld(told: Told) -> Markup:
    """The data block of a page; browsers never run it, and no text of it ends it."""
    block = inert_json({"@context": "https://schema.org"} | told)
    return Markup(f'<script type="application/ld+json">{block}</script>')


def breadcrumb(steps: Sequence[tuple[str, str]], here: str) -> Told:
    """Where a page stands: (label, path) from the home page down, then the page itself."""
    above = [
        {"@type": "ListItem", "position": rank, "name": label, "item": site.absolute(path)}
        for rank, (label, path) in enumerate(steps, 1)
    ]
    last = {"@type": "ListItem", "position": len(steps) + 1, "name": here}
    return {"@type": "BreadcrumbList", "itemListElement": [*above, last]}


def website(held: Holdings) -> Told:
    """The site, how to search it, and the data that it shows."""
    search = site.absolute("/initiatives?q={q}")
    return {
        "@type": "WebSite",
        "name": "mapapp",
        "alternateName": "L’ESS dans les quartiers prioritaires",
        "url": site.absolute("/"),
        "inLanguage": "fr",
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": search},
            "query-input": "required name=q",
        },
        "hasPart": dataset(held),
    }


def dataset(
    held: Holdings,
    sources: Iterable[tuple[Source, int]] = (),
    offered: Iterable[tuple[Any, Iterable[Any]]] = (),
) -> Told:
    """All the data, where to take them, and the sources of the initiatives.

    ``offered``: datasets, each with its files (:mod:`mapapp.pages.donnees`).
    """
    return _known(
        {
            "@type": "Dataset",
            "@id": site.absolute("/donnees"),
            "url": site.absolute("/donnees"),
            "name": "Initiatives de l’ESS et quartiers prioritaires de la politique de la ville",
            "description": (
                f"{held.initiatives} initiatives de l’économie sociale et solidaire, leur position "
                "avec sa précision, leur appartenance indicative aux quartiers prioritaires (QPV) "
                f"de 2015 et de 2024, et {held.resources} ressources pour s’en inspirer."
            ),
            "inLanguage": "fr",
            "isAccessibleForFree": True,
            "license": LICENCE_URL,
            "version": held.data_version,
            "dateModified": held.loaded_on,
            "spatialCoverage": {"@type": "Place", "name": "France"},
            "distribution": [
                _download("Initiatives (GeoJSON)", "/api/v1/initiatives", "application/geo+json"),
                _download("Ressources (JSON)", "/api/v1/resources", "application/json"),
                _download("Contours des QPV (GeoJSON)", "/api/v1/qpv", "application/geo+json"),
                *(
                    _download(f"{one.title} ({file.label})", file.url, file.media_type)
                    for one, files in offered
                    for file in files
                ),
            ],
            "isBasedOn": [_source(source) for source, _ in sources],
        }
    )


def _download(name: str, path: str, mimetype: str) -> Told:
    address = site.absolute(path)
    return {
        "@type": "DataDownload",
        "name": name,
        "contentUrl": address,
        "encodingFormat": mimetype,
    }


def _source(source: Source) -> Told:
    return _known(
        {
            "@type": "CreativeWork",
            "name": source.name,
            "publisher": _organization(source.publisher),
            "url": source.url,
            "datePublished": source.date,
            "license": source.licence,
        }
    )


def initiative(record: InitiativeRecord) -> Told:
    """An initiative: an organisation when its legal form is known, else a project."""
    card, row = record.card, record.row
    siret = {"@type": "PropertyValue", "propertyID": "SIRET", "value": row.siret}
    return _known(
        {
            "@type": "Organization" if row.legal_form else "Project",
            "@id": site.absolute(card.url),
            "url": site.absolute(card.url),
            "name": card.name,
            "description": card.summary,
            "identifier": siret if row.siret else None,
            "foundingDate": row.started,
            "dissolutionDate": row.ended,
            "location": _location(record),
            "areaServed": _served(record),
            "knowsAbout": [theme.label for theme in card.themes],
            "sameAs": row.website,
            "subjectOf": [
                _work(sheet.title, f"/ressources/{sheet.slug}")
                for sheet in row.sheets
                if not sheet.retired
            ],
        }
    )


def _location(record: InitiativeRecord) -> Told | None:
    card, row = record.card, record.row
    if not card.commune:
        return None
    # An address that held for a time is told on the page with its period, not here as today's.
    street = None if row.address_period else row.address
    address = {
        "@type": "PostalAddress",
        "streetAddress": street,
        "postalCode": row.postcode,
        "addressLocality": card.commune,
        "addressRegion": card.region.name if card.region else None,
        "addressCountry": "FR",
    }
    within = [place for verdict in card.verdicts.values() for place in _within(verdict)]
    return _known(
        {
            "@type": "Place",
            "address": _known(address),
            "geo": _coordinates(record),
            "containedInPlace": within,
        }
    )


def _within(verdict: ShownVerdict) -> list[Told]:
    if verdict.status not in COUNTED:
        return []
    return [_area(qpv.name, qpv.code, qpv.url) for qpv in verdict.qpv]


def _coordinates(record: InitiativeRecord) -> Told | None:
    card = record.card
    if card.precision not in TOLD_PRECISIONS:
        return None
    point = {"@type": "GeoCoordinates", "latitude": card.lat, "longitude": card.lon}
    if card.precision in (Precision.POINT, Precision.ADDRESS):
        return point
    return {"@type": "GeoCircle", "geoMidpoint": point, "geoRadius": card.radius_m}


def _served(record: InitiativeRecord) -> list[Told]:
    """The QPVs that it surely serves: « moyenne » and « faible » have no word in schema.org."""
    served = {link.qpv_code for link in record.row.qpv_links if link.relation == "serves"}
    return [
        _area(linked.name, linked.code, linked.url)
        for linked in record.linked_qpvs
        if linked.code in served and linked.confidence == "haute"
    ]


def resource(shown: Resource) -> Told:
    """A resource of the catalogue."""
    return _known(
        {
            "@type": "CreativeWork",
            "@id": site.absolute(shown.url),
            "url": site.absolute(shown.url),
            "name": shown.title,
            "description": shown.summary,
            "genre": shown.kind,
            "inLanguage": "fr",
            "datePublished": str(shown.year) if shown.year else None,
            "author": [_organization(name) for name in shown.authors],
            "publisher": [_publisher(publisher) for publisher in shown.publishers],
            "about": shown.theme.label if shown.theme else None,
            "isPartOf": {"@type": "CreativeWork", "name": CATALOGUE},
            "sameAs": shown.link if shown.link_kind == "exact" else None,
        }
    )


def _publisher(publisher: Publisher) -> Told:
    return _organization(publisher.long_name or publisher.name, publisher.website)


def qpv(sheet: QpvSheet) -> Told:
    """A priority neighbourhood, and the communes that it reaches into."""
    card = sheet.card
    communes = [_area(commune.name, commune.insee_code) for commune in card.communes]
    label = f"Quartier prioritaire de la politique de la ville, génération {card.generation}"
    return _area(card.name, card.code, card.url) | {
        "description": label,
        "containedInPlace": communes,
    }


def collection(name: str, path: str, items: Iterable[Any], count: int, first: int = 1) -> Told:
    """A page that lists records: their addresses (``url``) and names, the ``first`` of ``count``.

    ``items``: whatever has a ``url`` and a ``name``, ``title`` or ``label``.
    """
    entries = [
        {
            "@type": "ListItem",
            "position": rank,
            "name": _name(item),
            "url": site.absolute(item.url),
        }
        for rank, item in enumerate(items, first)
    ]
    held = {"@type": "ItemList", "numberOfItems": count, "itemListElement": entries}
    return {
        "@type": "CollectionPage",
        "name": name,
        "url": site.absolute(path),
        "inLanguage": "fr",
        "mainEntity": held,
    }


def listing(name: str, shown: Any) -> Told:
    """The same for one page of a list (:class:`mapapp.pages.listing.Listing`)."""
    first = (shown.page - 1) * shown.per_page + 1
    return collection(name, shown.url, shown.items, shown.count, first)


def _name(item: Any) -> str:
    names = (getattr(item, attribute, None) for attribute in ("name", "title", "label"))
    return str(next(filter(None, names), item.url))


def _area(name: str, code: str, path: str | None = None) -> Told:
    address = site.absolute(path) if path else None
    return _known({"@type": "AdministrativeArea", "name": name, "identifier": code, "url": address})


def _organization(name: str, address: str | None = None) -> Told:
    return _known({"@type": "Organization", "name": name, "url": address})


def _work(title: str, path: str) -> Told:
    return {"@type": "CreativeWork", "name": title, "url": site.absolute(path)}


def _known(told: Told) -> Told:
    """Without the properties that have no value."""
    return {name: value for name, value in told.items() if value not in (None, "", [])}
