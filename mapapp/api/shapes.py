"""From the product's values to the API's shapes; knows no request."""

from __future__ import annotations

from mapapp.api import schemas
from mapapp.catalogue import Resource
from mapapp.matching import Match, matches
from mapapp.queries.initiatives import InitiativeCard, Initiatives
from mapapp.queries.nearby import NearInitiative
from mapapp.verdicts import ShownQpv, ShownVerdict

#: What a popup shows: more would hide the map.
MATCHES_IN_A_LIST = 3

#: Six decimals are 11 cm: finer would claim what nobody knows.
DECIMALS = 6


def themes(card: InitiativeCard) -> list[schemas.ThemeRef]:
    """The themes of an initiative."""
    return [schemas.ThemeRef(slug=t.slug, label=t.label, url=t.url) for t in card.themes]


def initiative(
    card: InitiativeCard, questions: Initiatives, most: int
) -> schemas.InitiativeFeature:
    """An initiative as a feature, with at most so many resources."""
    found = matches(card.subject, questions.catalogue)[:most]
    return schemas.InitiativeFeature(
        type="Feature",
        geometry=_point(card),
        properties=schemas.InitiativeProperties(
            slug=card.slug,
            name=card.name,
            summary=card.summary,
            themes=themes(card),
            commune=card.commune,
            insee_code=card.insee_code,
            departement=card.departement.code if card.departement else None,
            region=card.region.code if card.region else None,
            precision=card.precision,
            precision_sentence=card.precision_sentence,
            radius_m=card.radius_m and round(card.radius_m, 1),
            status=card.status,
            status_sentence=card.status_sentence,
            source=card.source,
            verdicts=verdicts(card.verdicts),
            resources=list(map(match, found)),
            url=card.url,
        ),
    )


def near_initiative(near: NearInitiative, questions: Initiatives) -> schemas.NearbyFeature:
    """An initiative around a place as a feature."""
    feature = initiative(near.card, questions, MATCHES_IN_A_LIST)
    return schemas.NearbyFeature(
        type="Feature",
        geometry=feature.geometry,
        properties=schemas.NearbyProperties(
            **dict(feature.properties),
            distance_m=round(near.distance_m, 1),
            direction=near.direction,
            distance_sentence=near.sentence,
        ),
    )


def _point(card: InitiativeCard) -> schemas.Point | None:
    if card.lon is None or card.lat is None:
        return None
    return schemas.Point(type="Point", coordinates=lon_lat(card.lon, card.lat))


def lon_lat(lon: float, lat: float) -> list[float]:
    """Coordinates as GeoJSON gives them."""
    return [round(lon, DECIMALS), round(lat, DECIMALS)]


def match(found: Match) -> schemas.ResourceMatch:
    """A proposed resource."""
    resource = found.resource
    return schemas.ResourceMatch(
        slug=resource.slug,
        title=resource.title,
        reason=found.reason,
        link=resource.link,
        link_kind=resource.link_kind,  # type: ignore[arg-type]
        url=resource.url,
    )


def resource(found: Resource) -> schemas.Resource:
    """A resource."""
    return schemas.Resource(
        slug=found.slug,
        title=found.title,
        chapter=found.chapter.number,
        theme=found.theme.slug if found.theme else None,
        subtheme=found.subtheme,
        publishers=[
            schemas.Publisher(id=p.id, name=p.name, long_name=p.long_name, website=p.website)
            for p in found.publishers
        ],
        kind=found.kind,
        series=found.series,
        year=found.year,
        date=found.date_label,
        summary=found.summary,
        link=found.link,
        link_kind=found.link_kind,  # type: ignore[arg-type]
        url=found.url,
    )


def verdicts(shown: dict[int, ShownVerdict]) -> schemas.Verdicts:
    """The verdicts by generation."""
    return schemas.Verdicts.model_validate({str(g): verdict(v) for g, v in shown.items()})


def verdict(shown: ShownVerdict) -> schemas.Verdict:
    """One verdict."""
    return schemas.Verdict(
        generation=shown.generation,
        status=shown.status,  # type: ignore[arg-type]
        qpv=list(map(_named_qpv, shown.qpv)),
        distance_m=shown.distance_m,
        nearest=_named_qpv(shown.nearest) if shown.nearest else None,
        contours=schemas.ContoursUsed(
            edition=shown.edition, accuracy_m=shown.accuracy_m, checksum=shown.checksum
        ),
        rule=shown.rule,
        sentence=shown.sentence,
        conflict=shown.conflict,
        notice=shown.notice,
    )


def _named_qpv(shown: ShownQpv) -> schemas.NamedQpv:
    return schemas.NamedQpv(code=shown.code, name=shown.name, distance_m=shown.distance_m)
