"""``mapapp geocode``: the addresses of initiatives placed by a geocoder, or without the network."""

from __future__ import annotations

import getpass
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import click

from geo.geocoding_faults import GeocodingError
from geo.position import Precision
from mapapp.cli.faults import Refusal
from mapapp.cli.store import opened_store
from mapapp.geocoding.running import Report, Wanted, geocode
from mapapp.store.engine import require_schema

_PRECISIONS = {
    Precision.ADDRESS: "à l’adresse",
    Precision.STREET: "à la rue",
    Precision.PLACE: "au lieu-dit",
    Precision.QUARTIER: "au quartier",
    Precision.COMMUNE: "à la commune seule",
}

#: What differs between reasons that are one: cited texts, numbers, where an answer lies.
_PARTICULAR = re.compile(r"«\s[^»]*\s»|\b\d+\b(?:\s(?:bis|ter|quater)\b)?|(?<=réponse est à )[^,]+")


@click.command("geocode")
@click.option("--source", "source_id", help="Identifiant d’une source ; sinon toutes.")
@click.option(
    "--geocoder",
    type=click.Choice(["geoplateforme", "offline"]),
    default="geoplateforme",
    help="Qui demander : le géocodeur des réglages, ou personne (quartiers et communes connus).",
)
@click.option("--again", is_flag=True, help="Demander aussi ce qui l’a déjà été.")
@click.option("--json", "as_json", is_flag=True, help="Répondre en JSON.")
def geocode_command(source_id: str | None, geocoder: str, again: bool, as_json: bool) -> None:
    """Placer les initiatives par leur adresse : seulement celles qui en ont besoin.

    Une position moins précise ne remplace jamais celle qui est enregistrée ; une adresse douteuse
    attend « mapapp review ». Code de sortie 1 s’il reste des adresses à revoir.

    Exemple : mapapp geocode --source cress-bfc
    """
    engine = opened_store()
    require_schema(engine)
    wanted = Wanted(source_id, geocoder == "offline", again)
    shows = sys.stderr.isatty()
    with click.progressbar(length=1, label="Adresses", file=sys.stderr, hidden=not shows) as bar:

        def watch(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        try:
            report = geocode(engine, wanted, getpass.getuser(), watch)
        except GeocodingError as error:
            raise Refusal(f"{error} Rien n’a été placé.") from error
    if as_json:
        click.echo(json.dumps(_as_json(report), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_told(report)))
    if report.failure:
        click.echo(f"{report.failure} Ce qui a été trouvé avant est gardé.", err=True)
    if report.failure or report.unplaced:
        raise SystemExit(1)


def _as_json(report: Report) -> dict[str, Any]:
    def listed(unplaced: dict[tuple[str, str], str]) -> list[dict[str, str]]:
        return [
            {"source": source, "key": key, "reason": reason}
            for (source, key), reason in unplaced.items()
        ]

    return {
        "runs": report.runs,
        "asked": report.asked,
        "placed": dict(report.placed),
        "doubtful": listed(report.doubtful),
        "not_found": listed(report.not_found),
        "waiting": report.waiting,
        "stayed": report.stayed,
        "changed": report.changed,
        "not_asked": dict(report.not_asked),
        "failure": report.failure or None,
    }


def _told(report: Report) -> Iterator[str]:
    """The summary, by precision then by reason."""
    yield f"Adresses demandées : {report.asked}."
    if report.placed:
        yield f"Placées : {report.placed.total()}"
        for precision, label in _PRECISIONS.items():
            if count := report.placed[precision.value]:
                yield f"{count:>8}  {label}"
    yield from _reasons("Douteuses, à revoir", report.doubtful)
    yield from _reasons("Introuvables", report.not_found)
    yield from (f"{label} : {count}." for label, count in _left(report) if count)
    if report.not_asked:
        yield f"Non demandées : {report.not_asked.total()}"
        yield from _counted(report.not_asked)
    if report.runs:
        yield f"Publications : {', '.join(map(str, report.runs))}."


def _left(report: Report) -> Iterator[tuple[str, int]]:
    yield "En attente d’un géocodeur (« mapapp geocode », avec le réseau)", report.waiting
    yield "Position enregistrée gardée, la nouvelle n’étant pas meilleure", report.stayed
    yield "Fiches changées entre-temps, à redemander", report.changed
    yield "À revoir avec « mapapp review list »", report.unplaced


def _reasons(title: str, unplaced: dict[tuple[str, str], str]) -> Iterator[str]:
    if unplaced:
        yield f"{title} : {len(unplaced)}"
        yield from _counted(Counter(_PARTICULAR.sub("…", each) for each in unplaced.values()))


def _counted(reasons: Counter[str]) -> Iterator[str]:
    return (f"{count:>8}  {reason}" for reason, count in reasons.most_common())
