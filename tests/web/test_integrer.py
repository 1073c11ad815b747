"""``/integrer``: from a territory and themes to the code, without JavaScript."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest
from invariants import CheckingClient
from sqlalchemy import Engine

from mapapp import create_app


def built(client: CheckingClient, **asked: str) -> str:
    """The page for a form filled in this way, no-break spaces as spaces."""
    answer = client.get(f"/integrer?{urlencode(asked)}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True).replace("\u00a0", " ").replace("&nbsp;", " ")


def code(page: str) -> str:
    """The HTML to copy."""
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def preview(page: str) -> str:
    """The address of the preview."""
    return html.unescape(re.findall(r'<iframe class="apercu-embed" src="([^"]*)"', page)[0])


def test_the_code_is_a_titled_lazy_frame_with_a_link_under_it(client: CheckingClient) -> None:
    """No script, no style, no foreign host; what it holds is escaped once more in the page."""
    told = code(built(client, ou="Bourgogne-Franche-Comté (région 27)", theme="mobilite"))
    frame, link = told.split("\n")
    name = "Initiatives de l’ESS dans les quartiers : Mobilité, Bourgogne-Franche-Comté"
    assert frame == (
        '<iframe src="http://localhost/embed?theme=mobilite&amp;region=27" '
        f'title="{name}" width="100%" height="680" loading="lazy" '
        'referrerpolicy="strict-origin" frameborder="0"></iframe>'
    )
    assert link == (
        '<p><a href="http://localhost/?theme=mobilite&amp;region=27">'
        f"{name} (voir sur mapapp)</a></p>"
    )


@pytest.mark.parametrize(
    ("ou", "asked"),
    [
        ("Bourgogne-Franche-Comté", "?region=27"),
        ("bourgogne franche comte", "?region=27"),
        ("Côte-d'Or", "?departement=21"),
        ("Eure (département 27)", "?departement=27"),
        ("Dijon", "?commune=21231"),
        ("Dijon Métropole (EPCI 242100410)", "?epci=242100410"),
        ("93066", "?commune=93066"),
        ("La Réunion (région 04)", "?region=04"),
        ("", ""),
    ],
)
def test_a_territory_is_typed(client: CheckingClient, ou: str, asked: str) -> None:
    """By name, code, or as the field itself writes it; then the field writes it whole."""
    page = built(client, ou=ou)
    assert preview(page) == f"/embed{asked}"
    assert "aria-invalid" not in page


def test_what_the_field_writes_it_understands(client: CheckingClient) -> None:
    """A form sent again without a change changes nothing."""
    page = built(client, departement="973")
    field = html.unescape(re.findall(r'id="ou" name="ou" value="([^"]*)"', page)[0])
    assert field == "Guyane (département 973)"
    assert preview(built(client, ou=field)) == "/embed?departement=973"


def test_a_name_that_several_have_is_a_question(client: CheckingClient) -> None:
    """The choices keep what is already chosen; a name that nobody has is said."""
    page = built(client, ou="Paris", theme="culture")
    choices = [html.unescape(one) for one in re.findall(r'<a href="(/integrer\?[^"]*)"', page)]
    capital = next(one for one in choices if one.endswith("75056%29"))
    answer = client.get(capital).get_data(as_text=True)
    assert preview(answer) == "/embed?theme=culture&commune=75056"
    assert "Aucun territoire ne répond" in built(client, ou="Nulle-Part-sur-Rien")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"accent": "rouge"}, "Six chiffres hexadécimaux sont attendus"),
        ({"accent": "#ffcc00"}, "#ffcc00 se lirait mal sur fond clair : c’est #826800"),
        ({"hauteur": "3"}, "Un nombre de pixels entre 200 et 2000 est attendu."),
        ({"largeur": "²"}, "Un nombre de pixels entre 280 et 2000 est attendu."),
        ({"site": "http://"}, "Adresse illisible"),
        ({"site": "cress.example"}, "https://cress.example n’est pas encore parmi les sites"),
        ({}, "Cette instance n’a encore inscrit aucun site"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    client: CheckingClient, asked: dict[str, str], said: str
) -> None:
    """The page stays, with its preview."""
    page = built(client, **asked)
    assert said in page
    assert preview(page).startswith("/embed")


def test_sizes_and_colour_are_in_the_code(client: CheckingClient) -> None:
    """The colour as it was chosen: what makes it readable may get better."""
    told = code(built(client, largeur="480px", hauteur="900", accent="#FC0", vue="carte"))
    assert 'width="480" height="900"' in told
    assert "/embed?vue=carte&amp;accent=ffcc00" in told


def test_filters_without_a_field_are_kept_and_said(client: CheckingClient) -> None:
    """« Intégrer cette carte » carries all that the page showed."""
    page = built(client, qpv="QN02103M", q="jardin", generation="2024")
    assert preview(page) == "/embed?q=jardin&qpv=QN02103M"
    assert '<input type="hidden" name="qpv" value="QN02103M">' in page
    assert "<code>qpv=QN02103M</code>" in page


def test_an_unknown_filter_is_a_400_as_everywhere(client: CheckingClient) -> None:
    """The builder makes no embed of what does not exist."""
    assert client.get("/integrer?theme=disparu").status_code == 400


def test_a_listed_site_is_told_that_it_may(engine: Engine) -> None:
    """And the contact of the operator is given to the others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAPAPP_EMBED_HOSTS", "cress.example")
        patch.setenv("MAPAPP_CONTACT", "carte@operateur.example")
        app = create_app(engine)
    app.test_client_class = CheckingClient
    client: CheckingClient = app.test_client()  # type: ignore[assignment]
    page = built(client, site="https://cress.example/page")
    assert "https://cress.example peut afficher cette carte." in page
    assert "écrivez à carte@operateur.example" in built(client, site="www.cress.example")


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/?theme=mobilite", "/integrer?theme=mobilite"),
        ("/initiatives?region=27", "/integrer?region=27"),
        ("/territoires/region-27", "/integrer?region=27"),
        ("/themes/mobilite", "/integrer?theme=mobilite"),
        ("/qpv/QN02103M", "/integrer?qpv=QN02103M&amp;generation=2024"),
        ("/qpv-sans-exemple?region=27", "/integrer?vue=compteur&amp;region=27"),
        ("/a-propos", "/integrer"),
    ],
)
def test_pages_lead_to_the_builder(client: CheckingClient, path: str, asked: str) -> None:
    """With what they show."""
    assert f'href="{asked}"' in client.get(path).get_data(as_text=True)
