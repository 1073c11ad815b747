"""``mapapp geocode`` and ``mapapp review`` as they are typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from addressed import NO_SUCH_NUMBER, RIGHT, with_addresses
from click.testing import CliRunner, Result
from fault_server import GEOCODED, FaultServer, fault_server, refusing_domain
from sqlalchemy import Engine

from mapapp.cli import main

HERE = ["--lon", "2.384", "--lat", "48.952"]


def typed(*arguments: str) -> Result:
    """Run a command as a shell would."""
    return CliRunner().invoke(main, arguments, prog_name="mapapp")


@pytest.fixture
def live(live: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The database of the commands."""
    monkeypatch.setenv("MAPAPP_DATABASE_URL", str(live.url))
    return live


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """The geocoder of the settings: it finds every line at 12 rue des Tilleuls, Stains."""
    with fault_server() as listening:
        listening.will(GEOCODED)
        monkeypatch.setenv("MAPAPP_GEOCODER", listening.address)
        yield listening


@pytest.fixture
def rows(live: Engine, tmp_path: Path) -> None:
    """One address that will be found (1), one in doubt (2), one that says nothing (3)."""
    path = tmp_path / "lignes.csv"
    with_addresses(live, path, ("1", RIGHT), ("2", NO_SUCH_NUMBER), ("3", ""))


@pytest.mark.usefixtures("rows", "server")
class TestGeocode:
    """``mapapp geocode``."""

    def test_the_summary_counts_by_precision_and_by_reason(self) -> None:
        """Code 1: someone must look at what is in doubt."""
        told = typed("geocode", "--source", "siae")
        assert told.exit_code == 1, told.output
        assert "Adresses demandées\u00a0: 2." in told.stdout
        assert "       1  à l’adresse" in told.stdout
        assert (
            "       1  le numéro … n’a pas été trouvé\u00a0: la rue seule"
            in told.stdout.replace("le … à la place", "la rue seule")
        )
        reason = "le numéro … n’a pas été trouvé\u00a0: le … à la place"
        assert f"       1  {reason}" in told.stdout
        assert "       1  sans adresse" in told.stdout
        assert "Publications\u00a0: 2." in told.stdout
        assert "mapapp review list" in told.stdout

    def test_again_there_is_nothing_to_do(self) -> None:
        """Code 0: nothing was asked, nothing was published."""
        typed("geocode", "--source", "siae")
        told = typed("geocode", "--source", "siae")
        assert told.exit_code == 0
        assert "Publication" not in told.stdout

    def test_programs_read_json(self) -> None:
        """Each doubt with its record."""
        told = json.loads(typed("geocode", "--source", "siae", "--json").stdout)
        assert told["placed"] == {"address": 1}
        assert [(one["source"], one["key"]) for one in told["doubtful"]] == [("siae", "2")]
        assert told["not_asked"] == {"sans adresse": 1}
        assert told["failure"] is None

    def test_offline_says_what_waits(self, server: FaultServer) -> None:
        """Code 0, and nobody was asked."""
        told = typed("geocode", "--geocoder", "offline", "--source", "siae")
        assert told.exit_code == 0
        assert "En attente d’un géocodeur" in told.stdout
        assert server.received == []

    def test_a_geocoder_that_is_not_there_is_one_sentence(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Code 2: nothing was done."""
        with refusing_domain() as domain:
            monkeypatch.setenv("MAPAPP_GEOCODER", f"http://{domain}")
            told = typed("geocode")
        assert told.exit_code == 2
        assert told.stdout == ""
        assert "injoignable" in told.stderr
        assert "Rien n’a été placé." in told.stderr

    def test_an_unknown_source_is_told(self) -> None:
        """Code 2."""
        told = typed("geocode", "--source", "nulle-part")
        assert told.exit_code == 2
        assert "nulle-part" in told.stderr

    def test_the_publication_is_listed_and_taken_back(self) -> None:
        """As an import is."""
        typed("geocode", "--source", "siae")
        last = json.loads(typed("runs", "--json").stdout)[-1]
        assert (last["kind"], last["counts"]["accepted"]) == ("geocode", 1)
        assert typed("rollback", str(last["run"])).exit_code == 0
        assert json.loads(typed("review", "list", "--json").stdout) == []


@pytest.mark.usefixtures("rows", "server")
class TestReview:
    """``mapapp review``."""

    @pytest.fixture(autouse=True)
    def geocoded(self, rows: None, server: FaultServer) -> None:
        """The addresses were asked."""
        typed("geocode", "--source", "siae")

    def test_the_list_is_read_by_people(self) -> None:
        """The address as written, the doubt, the candidates with their number."""
        told = typed("review", "list")
        assert told.exit_code == 0
        assert NO_SUCH_NUMBER in told.stdout
        assert "1. 12 Rue des Tilleuls 93240 Stains (93072\u00a0; à " in told.stdout
        assert "Adresses à revoir\u00a0: 1." in told.stdout

    def test_the_list_is_read_by_programs(self) -> None:
        """With positions and scores."""
        (case,) = json.loads(typed("review", "list", "--source", "siae", "--json").stdout)
        assert (case["source"], case["key"], case["decision"]) == ("siae", "2", "doubtful")
        assert case["candidates"][0]["number"] == 1
        assert case["candidates"][0]["lon"] == 2.38

    def test_a_candidate_is_accepted(self) -> None:
        """Who decided and why is shown by « list --all »."""
        told = typed("review", "accept", "siae", "2", "1", "--auteur", "Ana", "--raison", "vu")
        assert told.exit_code == 0, told.output
        assert "Adresses à revoir\u00a0: 0." in typed("review", "list").stdout
        assert "choisie à la main\u00a0: vu (Ana, " in typed("review", "list", "--all").stdout

    def test_a_point_is_set(self) -> None:
        """The verdicts follow."""
        place = [*HERE, "--precision", "address"]
        told = typed("review", "set", "siae", "2", *place, "--raison", "relevé sur place")
        assert told.exit_code == 0, told.output
        assert "placée à la main\u00a0: relevé sur place" in typed("review", "list", "--all").stdout

    @pytest.mark.parametrize(
        "words",
        [
            ["list", "--source", "nulle-part"],
            ["accept", "siae", "2", "99"],
            ["accept", "siae", "inconnue", "1"],
            ["set", "siae", "2", *HERE, "--precision", "address"],
            ["set", "siae", "2", *HERE, "--precision", "address", "--raison", " "],
            ["set", "siae", "2", *HERE, "--precision", "commune", "--raison", "vu"],
        ],
    )
    def test_what_cannot_be_is_one_sentence(self, words: list[str]) -> None:
        """Code 2: nothing was done."""
        told = typed("review", *words)
        assert told.exit_code == 2
        assert told.stdout == ""
        assert len(told.stderr.splitlines()) == 1
