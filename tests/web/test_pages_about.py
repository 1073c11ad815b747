"""The pages that say what this is, for whom it works, and who answers for it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import axe_playwright_python
import pytest
from invariants import CheckingClient
from sqlalchemy import Engine

from mapapp import create_app
from mapapp.pages.about import AXE_VERSION

PAGES = ("/a-propos", "/accessibilite", "/mentions-legales")
DECLARED = {
    "MAPAPP_EDITEUR": "Association <Exemple>, 1 rue de l’Essai",
    "MAPAPP_HEBERGEUR": "Hébergeur d’essai",
    "MAPAPP_CONTACT": "contact@carte.example",
}

Declaring = Callable[..., CheckingClient]


def text_of(client: CheckingClient, path: str) -> str:
    """The visible text of a page."""
    body = re.sub(r"<script.*?</script>", " ", client.get(path).text, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture
def declaring(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Declaring:
    """A client of an instance whose operator declares something."""

    def client(**declared: str) -> CheckingClient:
        for name in DECLARED:
            monkeypatch.delenv(name, raising=False)
        for name, value in declared.items():
            monkeypatch.setenv(name, value)
        app = create_app(engine)
        app.testing = True
        return CheckingClient(app, app.response_class)

    return client


@pytest.mark.parametrize("path", [*PAGES, "/", "/initiatives/pole-s", "/qpv", "/nulle-part"])
def test_every_page_leads_to_them(client: CheckingClient, path: str) -> None:
    """In the footer, on errors too."""
    footer = client.get(path).text.split("<footer")[1]
    assert all(f'href="{page}"' in footer for page in PAGES)


def test_an_instance_that_declares_nothing_says_so(declaring: Declaring) -> None:
    """Nothing is invented: no name, no address to write to, and who must declare them."""
    client = declaring()
    legal = text_of(client, "/mentions-legales")
    assert legal.count("Non déclaré") == 3
    assert "C’est à la personne qui exploite cette instance de le faire" in legal
    assert all(name in legal for name in DECLARED)
    for page in ("/accessibilite", "/a-propos"):
        text = text_of(client, page)
        assert "Cette instance ne nomme pas de contact" in text
        assert "@" not in text


def test_an_instance_shows_what_it_declares(declaring: Declaring) -> None:
    """Publisher, host and contact, as text."""
    client = declaring(**DECLARED)
    legal = text_of(client, "/mentions-legales")
    assert all(value in legal for value in DECLARED.values())
    assert "Non déclaré" not in legal
    assert "MAPAPP_" not in legal
    for page in PAGES:
        assert DECLARED["MAPAPP_CONTACT"] in text_of(client, page)


def test_only_what_is_missing_is_asked_of_the_operator(declaring: Declaring) -> None:
    """Someone who has declared a host is told of the two others."""
    legal = text_of(declaring(MAPAPP_HEBERGEUR="Hébergeur d’essai"), "/mentions-legales")
    assert "MAPAPP_EDITEUR" in legal
    assert "MAPAPP_CONTACT" in legal
    assert "MAPAPP_HEBERGEUR" not in legal


def test_a_web_address_to_write_to_is_a_link(declaring: Declaring) -> None:
    """A form of the operator's is one click away."""
    client = declaring(MAPAPP_CONTACT="https://carte.example/contact")
    assert 'href="https://carte.example/contact"' in client.get("/accessibilite").text


def test_the_statement_names_the_axe_that_the_tests_run(client: CheckingClient) -> None:
    """What is claimed is what is done."""
    script = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
    found = re.search(r"axe v(\d+\.\d+\.\d+)", script)
    assert found
    assert found[1] == AXE_VERSION
    assert f"axe-core {AXE_VERSION}" in text_of(client, "/accessibilite")


def test_the_statement_claims_no_rate_and_tells_its_limits(client: CheckingClient) -> None:
    """Not audited, not tried with screen readers: said plainly."""
    text = text_of(client, "/accessibilite")
    assert "non audité" in text
    assert "Aucun essai avec un lecteur d’écran" in text
    assert "contours des quartiers ne prennent pas le focus" in text
    assert not re.search(r"\d+\s*%\s*(?:de conformité|des critères)", text)
    assert "partiellement conforme" not in text


def test_about_says_why_none_known_is_not_none(client: CheckingClient) -> None:
    """Precision, certainty, generations, and what an absence means."""
    text = text_of(client, "/a-propos")
    for words in (
        "Une position a une précision",
        "Une appartenance a un degré de certitude",
        "Deux générations de quartiers",
        "dit seulement qu’aucune source d’ici n’en parle",
        "24 initiatives figurent ici",
    ):
        assert words in text


def test_what_a_visitor_searched_is_not_logged(
    client: CheckingClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that fails is noted without the parameters of the request."""
    from sqlalchemy.exc import OperationalError

    from mapapp.web import context

    def fail(*_: object) -> None:
        raise OperationalError("SELECT ?", {"q": "chez moi"}, Exception("disk full"))

    monkeypatch.setattr(context, "read_filters", fail)
    assert client.get("/initiatives?q=chez+moi").status_code == 503
    assert "503 GET /initiatives" in caplog.text
    assert "disk full" not in caplog.text  # what a database says may quote what was searched
    assert "chez moi" not in caplog.text
