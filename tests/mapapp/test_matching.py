"""Which resources suit an initiative, in which order and why; and which initiatives a resource."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapapp.catalogue import ACT_CHAPTER, ESS_CHAPTER, Catalogue
from mapapp.filters import Filters
from mapapp.matching import Match, Subject, inspires, matches
from mapapp.queries.initiatives import Initiatives

pytestmark = pytest.mark.both_databases

SHEET, SUBTHEME, THEME, REGION, ACT, ESS = range(6)
#: How the reason of each rank begins.
REASONS = {
    "La fiche qui décrit": SHEET,
    "Même sous-thème": SUBTHEME,
    "Même thème": THEME,
    "Éditeur de sa région": REGION,
    "Pour passer à l’action": ACT,
    "Sur l’ESS et la politique de la ville": ESS,
}


def rank(match: Match) -> int:
    """The rank of a reason in the order that the product promises."""
    return next(found for start, found in REASONS.items() if match.reason.startswith(start))


def found_for(slug: str, initiatives: Initiatives) -> dict[int, list[str]]:
    """The resources of a shipped initiative by rank of their reason."""
    found = initiatives.record(slug).matches
    return {r: [m.resource.slug for m in group] for r, group in groupby(found, rank)}


@st.composite
def subjects(draw: st.DrawFn, catalogue: Catalogue) -> Subject:
    """Any initiative that the catalogue could describe."""
    slugs = [resource.slug for resource in catalogue.resources]
    themes = [theme.slug for theme in catalogue.initiative_themes]
    return Subject(
        themes=tuple(draw(st.lists(st.sampled_from(themes), unique=True, max_size=4))),
        sheets=tuple(draw(st.lists(st.sampled_from(slugs), unique=True, max_size=3))),
        region_code=draw(st.sampled_from([None, "44", "53", "32", "06", "99"])),
        region_name="Une région",
    )


@given(data=st.data())
def test_every_initiative_gets_each_resource_once_best_reason_first(
    data: st.DataObject, catalogue: Catalogue
) -> None:
    """Never empty, never twice the same, in the order of the reasons, always the same answer."""
    subject = data.draw(subjects(catalogue))
    found = matches(subject, catalogue)
    slugs = [match.resource.slug for match in found]
    assert len(slugs) == len(set(slugs))
    assert [rank(match) for match in found] == sorted(map(rank, found))
    assert {r.slug for r in catalogue.resources if r.chapter.number in (3, 5)} <= set(slugs)
    assert found == matches(subject, catalogue)


@given(data=st.data())
def test_each_reason_is_true(data: st.DataObject, catalogue: Catalogue) -> None:
    """What a reason says of the resource holds, and no better reason was passed over."""
    subject = data.draw(subjects(catalogue))
    headings = {
        (sheet.theme, sheet.subtheme)
        for sheet in map(catalogue.resource, subject.sheets)
        if sheet and sheet.subtheme
    }
    for match in matches(subject, catalogue):
        resource = match.resource
        on_theme = bool(resource.theme and resource.theme.slug in subject.themes)
        regional = any(subject.region_code in p.regions for p in resource.publishers)
        reasons = [
            resource.slug in subject.sheets,
            on_theme and (resource.theme, resource.subtheme) in headings,
            on_theme,
            regional,
            resource.chapter.number == ACT_CHAPTER,
            resource.chapter.number == ESS_CHAPTER,
        ]
        assert rank(match) == reasons.index(True), (resource.slug, match.reason)


def test_verdun_gets_its_sheet_its_theme_and_the_centre_of_its_region(
    initiatives: Initiatives, catalogue: Catalogue
) -> None:
    """An AMAP in the Grand Est: its sheet, food, then what ORIV publishes, then how to act."""
    found = found_for("amap-solidaire-verdun", initiatives)
    assert found[SHEET] == ["amap-solidaire-verdun"]
    assert "les-circuits-courts-economiques-et-solidaires" in found[THEME]
    assert "garage-solidaire-arenam" in found[REGION]
    reason = next(
        match.reason
        for match in initiatives.record("amap-solidaire-verdun").matches
        if match.resource.slug == "garage-solidaire-arenam"
    )
    assert reason.replace("\u00a0", " ") == "Éditeur de sa région (Grand Est) : ORIV"
    chapter_5 = [r.slug for r in catalogue.resources if r.chapter.number == 5]
    assert found[ACT] == chapter_5
    assert "developper-l-ess-dans-les-quartiers-politique-de-la-ville" in found[ESS]


def test_a_sub_theme_comes_before_its_theme(initiatives: Initiatives) -> None:
    """A solidarity grocery is shown the study on groceries before the others on food."""
    found = found_for("la-coop-des-domes", initiatives)
    assert found[SHEET] == ["la-coop-des-domes-clermont-ferrand"]
    assert found[SUBTHEME] == ["epiceries-sociales-et-solidaires"]
    assert len(found[THEME]) == 5


def test_the_region_of_a_publisher_may_be_one_of_several(initiatives: Initiatives) -> None:
    """Lille: the publishers of the Hauts-de-France come, those of Brittany do not."""
    regional = found_for("accorderie-de-lille", initiatives)[REGION]
    assert {"la-voisinerie-de-wazemmes", "mon-village-ma-ville-en-transitions"} <= set(regional)
    assert "quartiers-en-transition" not in regional


def test_an_unknown_place_has_no_region(initiatives: Initiatives) -> None:
    """Where DigiFab is nobody knows: no publisher is said to be of its region."""
    assert REGION not in found_for("digifab", initiatives)


def test_of_whom_nothing_is_known_acting_comes_first(catalogue: Catalogue) -> None:
    """Without theme, sheet or region, chapter 5 then chapter 3 remain."""
    found = matches(Subject(themes=()), catalogue)
    assert {rank(match) for match in found} == {ACT, ESS}
    assert found[0].resource.chapter.number == ACT_CHAPTER


def test_without_a_catalogue_there_is_nothing() -> None:
    """An empty catalogue proposes nothing, and breaks nothing."""
    assert matches(Subject(themes=("sante",)), Catalogue((), (), ())) == []


def test_what_a_resource_inspires_is_what_it_is_proposed_for(
    initiatives: Initiatives, catalogue: Catalogue
) -> None:
    """A resource inspires from the initiatives to which sheet, sub-theme or theme tie it."""
    cards = initiatives.page(Filters(), per_page=100).items
    tied = {
        (match.resource.slug, card.slug)
        for card in cards
        for match in matches(card.subject, catalogue)
        if rank(match) in (SHEET, SUBTHEME, THEME)
    }
    assert tied == {
        (resource.slug, card.slug)
        for resource in catalogue.resources
        for card in cards
        if inspires(resource, card.subject, catalogue)
    }


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ("la-coop-des-domes-clermont-ferrand", "Décrite par cette ressource"),
        ("epiceries-sociales-et-solidaires", "Même sous-thème"),
        ("agriculture-urbaine-et-ess", "Même thème"),
    ],
)
def test_a_resource_says_why_it_inspires(
    initiatives: Initiatives, catalogue: Catalogue, resource: str, reason: str
) -> None:
    """The tie from a resource to an initiative is the strongest there is."""
    subject = initiatives.record("la-coop-des-domes").card.subject
    told = catalogue.resource(resource)
    assert told
    assert (inspires(told, subject, catalogue) or "").startswith(reason)


def test_a_sub_theme_of_another_theme_is_no_tie(catalogue: Catalogue) -> None:
    """Two themes may name a sub-theme alike: only the theme and the sub-theme together tie."""
    resource = catalogue.resource("epiceries-sociales-et-solidaires")
    sheet = catalogue.resource("accorderie-de-lille")
    assert resource
    assert sheet
    alike = _renamed(catalogue, sheet.slug, resource.subtheme or "")
    subject = Subject(themes=("alimentation", "services-a-la-personne"), sheets=(sheet.slug,))
    assert (inspires(resource, subject, alike) or "").startswith("Même thème")


def test_the_described_initiative_comes_first(initiatives: Initiatives) -> None:
    """From the sheet of a programme, the initiatives that it describes come before the others."""
    found = [card.slug for card, _ in initiatives.inspiring("kpa-cite")]
    assert all(slug.startswith("kpa-cite") for slug in found[:4])
    assert "cap-services" in found[4:]


def _renamed(catalogue: Catalogue, slug: str, subtheme: str) -> Catalogue:
    resources = tuple(
        replace(r, subtheme=subtheme) if r.slug == slug else r for r in catalogue.resources
    )
    return replace(catalogue, resources=resources)
