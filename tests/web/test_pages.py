"""The pages: each is there, holds to the invariants, and says what the data say."""

from __future__ import annotations

import html
import re

import pytest
from invariants import CheckingClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mapapp.store.catalogue import Resource, Theme
from mapapp.store.initiatives import Initiative

FIXED = ("/", "/pres-de-moi", "/initiatives", "/ressources", "/qpv", "/donnees", "/api")


def text_of(client: CheckingClient, path: str, status: int = 200) -> str:
    """The visible text of a page, its tags away and its blanks folded."""
    response = client.get(path)
    assert response.status_code == status
    body = re.sub(r"<template.*?</template>", " ", response.get_data(as_text=True), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize("path", FIXED)
def test_a_page_is_there(client: CheckingClient, path: str) -> None:
    """Every page of the menu answers and holds to the invariants."""
    assert client.get(path).status_code == 200


def test_every_initiative_has_its_page(client: CheckingClient, session: Session) -> None:
    """All 24, located or not, with its name and where it comes from."""
    rows = session.execute(select(Initiative.slug, Initiative.name)).all()
    assert len(rows) == 24
    for slug, name in rows:
        text = text_of(client, f"/initiatives/{slug}")
        assert name in text
        assert "Catalogue de ressources Politique de la ville & ESS" in text


def test_every_resource_has_its_page(client: CheckingClient, session: Session) -> None:
    """All 80, with title, publisher and what its link leads to."""
    slugs = session.scalars(select(Resource.slug)).all()
    assert len(slugs) == 80
    for slug in slugs:
        text = text_of(client, f"/ressources/{slug}")
        labels = ("Accéder au document", "Page officielle liée", "Site de l’éditeur")
        assert any(label in text for label in (*labels, "Lien inconnu"))


def test_every_theme_has_its_page(client: CheckingClient, session: Session) -> None:
    """The twelve themes and the headings of chapter 5."""
    slugs = session.scalars(select(Theme.slug)).all()
    assert len(slugs) == 17
    for slug in slugs:
        assert client.get(f"/themes/{slug}").status_code == 200


def test_an_initiative_says_what_is_known_and_what_is_not(client: CheckingClient) -> None:
    """Precision, period of the address, verdicts, doubts, evidence."""
    text = text_of(client, "/initiatives/la-coop-des-domes")
    assert "Située à l’échelle du quartier" in text
    assert "103 rue d’Aulteribe" in text
    assert "30 juin 2023" in text
    assert "Dans le QPV Quartiers Nord selon la fiche" in text
    assert "A déménagé depuis la fiche" in text
    assert "Ce que nous ne savons pas" in text
    assert "exacts à 12 m près" in text
    assert "ne vaut pas attestation" in text
    assert "D’où viennent ces faits" in text


def test_an_unlocated_initiative_is_listed_and_never_pinned(client: CheckingClient) -> None:
    """DigiFab: nobody knows where, and the page says so."""
    text = text_of(client, "/initiatives/digifab")
    assert "Lieu inconnu" in text
    assert "Non localisée" in text
    assert "data-lon" not in client.get("/initiatives/digifab").get_data(as_text=True)


def test_where_contours_are_missing_the_verdict_is_unknown(client: CheckingClient) -> None:
    """Rémire-Montjoly in 2015: no contours of Guyane are at hand."""
    text = text_of(client, "/initiatives/groupe-diverscite")
    assert "Contours 2015 non disponibles : Guyane" in text


def test_a_resource_leads_to_initiatives_with_their_reason(client: CheckingClient) -> None:
    """The sheet of KPA-Cité: first those it describes, then those on its theme."""
    text = text_of(client, "/ressources/kpa-cite")
    assert text.index("Décrite par cette ressource") < text.index("Même thème : Vers l’emploi")


def test_a_qpv_page_groups_its_initiatives_by_verdict(client: CheckingClient) -> None:
    """Les Grésilles: one inside according to its sheet; a QPV of Marseille: one that may be."""
    text = text_of(client, "/qpv/QN02103M")
    assert "Dans le quartier" in text
    assert "La Coursive Boutaric" in text
    assert "Peut-être dans le quartier" in text_of(client, "/qpv/QN01303I")


def test_the_population_of_a_qpv_has_its_source_or_is_said_unknown(client: CheckingClient) -> None:
    """Foix, 2015, is known to INSEE; Dijon, 2024, is not known here."""
    assert "1 236 habitants" in text_of(client, "/qpv/QP009002").replace("\u202f", " ")
    assert "Non connue ici" in text_of(client, "/qpv/QN02103M")


def test_a_qpv_without_example_does_not_claim_that_none_exists(client: CheckingClient) -> None:
    """« None known here » and the resources to launch one."""
    text = text_of(client, "/qpv/QN00101M")
    assert "Aucune initiative de l’ESS n’y est connue" in text
    assert "ce qui ne veut pas dire qu’il n’y en a pas" in text
    assert "Les plus proches ailleurs" in text


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/?theme=alimentation", "4 initiatives"),
        ("/initiatives?region=32", "5 initiatives"),
        ("/initiatives?departement=59&theme=vers-l-emploi", "3 initiatives"),
        ("/initiatives?q=dijon", "1 initiative"),
        ("/initiatives?commune=75056", "1 initiative"),
        ("/initiatives?etat=declared&generation=2015", "3 initiatives"),
        ("/initiatives?q=%24%7Balert%281%29%7D", "Aucune initiative"),
    ],
)
def test_filters_mean_the_same_on_pages(client: CheckingClient, path: str, count: str) -> None:
    """Territory, theme, words, verdict."""
    assert f" {count} " in text_of(client, path)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/?theme=nulle-part", "Thème inconnu : « nulle-part »"),
        ("/initiatives?commune=00000", "Commune inconnue : « 00000 »"),
        ("/?generation=2016", "Génération inconnue : « 2016 »"),
        ("/?bbox=1,2,3", "bbox « 1,2,3 »"),
        ("/initiatives?page=0", "Page inconnue : « 0 »"),
        ("/?qpv=QX1", "QPV inconnu"),
    ],
)
def test_a_value_without_meaning_is_refused_in_french(
    client: CheckingClient, path: str, sentence: str
) -> None:
    """400, a sentence that names the value, and ways back."""
    text = text_of(client, path, 400).replace("\u00a0", " ")
    assert sentence in text
    assert "Les initiatives" in text


@pytest.mark.parametrize(
    "path",
    [
        "/nulle-part",
        "/initiatives/nulle-part",
        "/ressources/nulle-part",
        "/themes/nulle-part",
        "/qpv/QX1",
        "/initiatives?page=99",
        "/static/x/js/nulle-part.js",
        "/static/x/../../etc/passwd",
    ],
)
def test_an_unknown_record_is_a_404_with_ways_back(client: CheckingClient, path: str) -> None:
    """Never a dead end."""
    text = text_of(client, path, 404)
    assert "La carte" in text
    assert "Les ressources" in text


def test_a_qpv_code_is_found_whatever_its_case(client: CheckingClient) -> None:
    """People copy codes from files of any kind."""
    assert "Les Grésilles" in text_of(client, "/qpv/qn02103m")


def test_files_of_ours_are_kept_for_a_year_under_their_fingerprint(client: CheckingClient) -> None:
    """The current address is immutable; another version's is asked again."""
    page = client.get("/").get_data(as_text=True)
    address = re.search(r'href="(/static/[^"]+/css/mapapp\.css)"', page)
    assert address
    kept = client.get(address[1]).headers["Cache-Control"]
    assert "immutable" in kept
    other = re.sub(r"/static/[^/]+/", "/static/other/", address[1])
    assert client.get(other).headers["Cache-Control"] == "no-cache"


def test_a_fault_of_ours_is_said_without_details(client: CheckingClient) -> None:
    """A store that fails is a 503 with a sentence; nothing of its words reaches the visitor."""
    from sqlalchemy.exc import OperationalError

    from mapapp.web import context

    def fail() -> None:
        raise OperationalError("SELECT secret", {}, Exception("disk at /srv/secret is full"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context, "read_filters", lambda *_: fail())
        text = text_of(client, "/initiatives", 503)
    assert "Réessayez dans un instant" in text
    assert "secret" not in text
