"""« Mes adresses »: one place in one sentence, a file with its verdicts, nothing kept."""

from __future__ import annotations

import csv
import html
import io
import logging
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from hostile import TEXTS
from invariants import CheckingClient
from sqlalchemy import Engine
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from mapapp import create_app
from mapapp.joining import uploads as limits
from mapapp.web.limits import limiter

TABLE = "nom;longitude;latitude\nA;0,35;46,565\nB;46,565;0,35\n"


@pytest.fixture(scope="module")
def own_app(engine: Engine) -> Flask:
    """An application of this module's own, for it counts who sends."""
    app = create_app(engine)
    app.testing = True
    app.test_client_class = CheckingClient
    return app


@pytest.fixture
def visitor(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[CheckingClient]:
    """Somebody who has sent nothing yet, where the geocoder is out of reach."""
    monkeypatch.setattr(own_app.extensions["mapapp"].addresses, "address", "http://127.0.0.1:9")
    limiter.reset()
    yield own_app.test_client()  # type: ignore[misc]
    limiter.reset()


def send(
    client: CheckingClient, text: str | bytes, name: str = "t.csv", **told: str
) -> TestResponse:
    """Send a file with the form."""
    content = text.encode() if isinstance(text, str) else text
    boundary, body = encode_multipart({"fichier": FileStorage(io.BytesIO(content), name), **told})
    return client.post(
        "/adresses", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )


def text_of(response: TestResponse) -> str:
    """The visible text of a page on one line, with plain spaces."""
    body = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", response.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(html.unescape(body).replace("\u202f", " ").split())


def test_the_limits_are_said_beforehand(visitor: CheckingClient) -> None:
    """Size, rows, addresses, pace, and the command that has no limits."""
    page = text_of(visitor.get("/adresses"))
    assert "Au plus 5 Mo et 20 000 lignes avec des coordonnées, 2 000 adresses" in page
    assert "10 envois par minute" in page
    assert "mapapp join" in page
    assert "ni lui ni le résultat ne sont gardés" in page


def test_one_place_is_answered_in_one_sentence_a_generation(visitor: CheckingClient) -> None:
    """With the precision, the map, the sheet of the QPV, what is around, and the notice."""
    response = visitor.get("/adresses?ou=46,565 ; 0,35")
    page = response.get_data(as_text=True)
    assert "QPV 2024 Dans le QPV Trois Cités, à 80 m de la limite" in text_of(response)
    assert "QPV 2015 Dans le QPV Trois Cités, à 80 m de la limite" in text_of(response)
    assert "Indicatif, ne vaut pas attestation" in text_of(response)
    assert 'href="/qpv/QN08604M"' in page
    assert 'href="/pres-de-moi?lat=46.565&amp;lon=0.35"' in page
    assert "<svg" in page.split('class="carte-dessinee"')[1]
    assert '<meta name="robots" content="noindex,follow">' in page


def test_an_ambiguous_name_is_a_choice(visitor: CheckingClient) -> None:
    """Each proposal leads back here."""
    page = visitor.get("/adresses?ou=Verdun").get_data(as_text=True)
    assert "quel lieu" in page
    assert page.count('href="/adresses?ou=Verdun') >= 2


def test_an_unknown_name_has_proposals(visitor: CheckingClient) -> None:
    """The nearest spelling is offered."""
    page = text_of(visitor.get("/adresses?ou=Staims"))
    assert "Aucun lieu ne s’appelle « Staims »" in page
    assert "Stains" in page


def test_without_a_geocoder_the_commune_answers(visitor: CheckingClient) -> None:
    """It is said that addresses cannot be looked up now."""
    page = text_of(visitor.get("/adresses?ou=12 rue Carnot 93240 Stains"))
    assert "Les adresses ne peuvent pas être cherchées en ce moment" in page
    assert "Peut-être : 3 QPV dans la commune" in page


def test_a_file_comes_back_as_an_attachment(visitor: CheckingClient) -> None:
    """With its own columns and a name after its own; nobody may keep it on the way."""
    response = send(visitor, TABLE, "mes adresses.csv")
    lines = list(csv.DictReader(io.StringIO(response.get_data(as_text=True)), delimiter=";"))
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"] == "attachment; filename=mes-adresses-qpv.csv"
    assert response.headers["Cache-Control"] == "no-store"
    assert [line["statut_2024"] for line in lines] == ["inside", "unknown"]


def test_a_preview_counts_and_cites(visitor: CheckingClient) -> None:
    """Counts by verdict and generation, the rows to look at with their line, the first rows."""
    response = send(visitor, TABLE, voir="1")
    page = text_of(response)
    assert "t.csv : 2 lignes" in page
    assert "Dans un QPV 1 1" in page
    assert "Ligne 3 : Latitude et longitude semblent inversées" in page
    assert response.headers["Cache-Control"] == "no-store"


def test_the_example_can_be_sent(visitor: CheckingClient) -> None:
    """The file to try is read whole; without a geocoder its addresses have their commune."""
    example = visitor.get("/adresses/exemple.csv")
    page = text_of(send(visitor, example.data, "exemple-adresses.csv", voir="1"))
    assert (
        f"exemple-adresses.csv : {example.get_data(as_text=True).count(chr(13)) - 1} lignes" in page
    )
    assert "Adresse douteuse : plusieurs lieux répondent : Verdun" in page


def test_hostile_texts_are_inert(visitor: CheckingClient) -> None:
    """In the preview, in the name of the file, and in the sentences that cite a cell."""
    rows = [("nom", "longitude", "latitude"), *((text, text, "46,5") for text in TEXTS)]
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    page = send(visitor, out.getvalue(), "<img onerror=x>.csv", voir="1").get_data(as_text=True)
    assert "<img" not in page
    assert "<svg onload" not in page
    assert "<script>alert" not in page
    assert html.escape("<!--") in page


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", b"", "est vide"),
        ("t.csv", b"a;b\n1;2\n", "Aucune colonne ne dit un lieu"),
        ("t.xlsx", b"PK\x03\x04rest", "tronqué ou abîmé"),
        ("t.parquet", b"PAR1", "mapapp join"),
        ("t.pdf", b"%PDF", "format inconnu"),
        ("", b"", "Choisissez un fichier"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence(
    visitor: CheckingClient, name: str, content: bytes, said: str
) -> None:
    """An error page that says what to do; never an empty one."""
    response = send(visitor, content, name)
    assert response.status_code == 400
    assert said in text_of(response)


def test_too_large_a_file_is_told_the_command(visitor: CheckingClient) -> None:
    """413 and the way out, before the file is read."""
    response = send(visitor, b"x" * (limits.LARGEST_UPLOAD + 100_000))
    assert response.status_code == 413
    assert "5 Mo au plus" in text_of(response)
    assert "mapapp join" in text_of(response)


def test_a_million_rows_are_told_the_command(visitor: CheckingClient) -> None:
    """The limit and the command, even when they weigh little."""
    response = send(visitor, b"lon;lat\n" + b"2;48\n" * 990_000)
    assert response.status_code == 413
    assert "Plus de 20 000 lignes" in text_of(response)
    assert "mapapp join" in text_of(response)


def test_who_sends_too_often_waits(visitor: CheckingClient) -> None:
    """429 with a sentence and how long; reading the page is not counted."""
    answers = [send(visitor, TABLE) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) <= 60
    assert "Réessayez dans une minute" in text_of(answers[-1])
    assert visitor.get("/adresses").status_code == 200


def test_nothing_of_the_file_is_logged_or_kept(
    visitor: CheckingClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No log holds a cell, no temporary file is opened."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile", refuse)
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
    with caplog.at_level(logging.DEBUG):
        send(visitor, TABLE.replace("A;", f"Secrète {'x' * 600_000};"))
    assert "Secrète" not in caplog.text
