"""``mapapp review``: doubtful addresses listed, and placed by a person who says why."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator

import click

from geo.wording import metres
from mapapp.cli.faults import Refusal
from mapapp.cli.store import opened_store
from mapapp.geocoding.reviewing import (
    Case,
    Proposal,
    Reviewer,
    accept,
    cases,
    position_by_hand,
    set_position,
)
from mapapp.store.engine import require_schema, sessions
from mapapp.store.positions import Decision

_DECISIONS = {
    Decision.DOUBTFUL: "douteuse",
    Decision.NOT_FOUND: "introuvable",
    Decision.CHOSEN: "choisie à la main",
    Decision.SET: "placée à la main",
}

author_option = click.option(
    "--auteur", "author", default=getpass.getuser, help="Qui décide ; sinon le compte du système."
)


@click.group()
def review() -> None:
    """Revoir les adresses douteuses : les lister, choisir une candidate, placer un point.

    Exemple : mapapp review list
    """


@review.command("list")
@click.option("--source", "source_id", help="Identifiant d’une source ; sinon toutes.")
@click.option("--all", "all_", is_flag=True, help="Aussi ce qui a été décidé à la main.")
@click.option("--json", "as_json", is_flag=True, help="Répondre en JSON.")
def list_command(source_id: str | None, all_: bool, as_json: bool) -> None:
    """Lister les adresses à revoir : le doute, et les candidates avec leur numéro.

    Exemple : mapapp review list --source cress-bfc
    """
    engine = opened_store()
    require_schema(engine)
    with sessions(engine)() as session:
        found = list(cases(session, source_id, all_=all_))
    if as_json:
        told = [case.as_json() for case in found]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for case in found:
        click.echo("\n".join(_lines(case)))
    click.echo(f"Adresses à revoir : {sum(not _is_done(case) for case in found)}.")


@review.command("accept")
@click.argument("source_id", metavar="SOURCE")
@click.argument("key", metavar="KEY")
@click.argument("number", metavar="NUMBER", type=click.IntRange(1, 100))
@click.option("--raison", "reason", default="", help="Pourquoi celle-là.")
@author_option
def accept_command(source_id: str, key: str, number: int, reason: str, author: str) -> None:
    """Placer une fiche à l’une de ses candidates (NUMBER, dans « review list »).

    Exemple : mapapp review accept cress-bfc 12 1 --raison "vérifié au téléphone"
    """
    engine = opened_store()
    require_schema(engine)
    run = accept(engine, source_id, key, number, Reviewer(author, reason.strip()))
    click.echo(f"Fiche « {key} » placée. Publication {run.id}.")


@review.command("set")
@click.argument("source_id", metavar="SOURCE")
@click.argument("key", metavar="KEY")
@click.option("--lon", type=click.FloatRange(-180, 180), required=True, help="Longitude, degrés.")
@click.option("--lat", type=click.FloatRange(-90, 90), required=True, help="Latitude, degrés.")
@click.option(
    "--precision",
    type=click.Choice(["point", "address", "street", "place", "quartier", "commune"]),
    required=True,
    help="Ce que le point représente.",
)
@click.option(
    "--radius", "radius_m", type=click.FloatRange(0, 100_000), help="Incertitude en mètres."
)
@click.option("--raison", "reason", required=True, help="D’où vient le point.")
@author_option
def set_command(
    source_id: str,
    key: str,
    lon: float,
    lat: float,
    precision: str,
    radius_m: float | None,
    reason: str,
    author: str,
) -> None:
    """Placer une fiche en un point donné, avec sa raison ; les verdicts QPV suivent.

    Exemple : mapapp review set cress-bfc 12 --lon 5.06 --lat 47.34 --precision address
    --raison "relevé sur place"
    """
    if not reason.strip():
        raise Refusal("--raison est vide : dites d’où vient le point.")
    engine = opened_store()
    require_schema(engine)
    position = position_by_hand(lon, lat, precision, radius_m)
    run = set_position(engine, source_id, key, position, Reviewer(author, reason.strip()))
    click.echo(f"Fiche « {key} » placée. Publication {run.id}.")


def _is_done(case: Case) -> bool:
    return case.decision in (Decision.CHOSEN, Decision.SET) and not case.stale


def _lines(case: Case) -> Iterator[str]:
    """A case in some lines, its candidates numbered."""
    yield f"{case.source_id} {case.key}  {case.name}"
    yield f"    adresse écrite : {case.address}"
    when = case.decided_at[:10]
    yield f"    {_DECISIONS[case.decision]} : {case.reason} ({case.author}, {when})"
    if case.stale:
        yield f"    l’adresse a changé depuis cette décision, qui ne vaut plus : « {case.asked} »"
    if case.label:
        yield f"    retenue : {case.label}"
    yield from map(_candidate, case.proposals)


def _candidate(proposal: Proposal) -> str:
    found = proposal.candidate
    told = [found.insee_code or "commune inconnue"]
    if proposal.away_m is not None:
        told.append(f"à {metres(proposal.away_m)} du point actuel")
    if found.score:  # the gazetteer gives none
        told.append(f"score {found.score:.2f}".replace(".", ","))
    return f"    {proposal.number}. {found.label} ({' ; '.join(told)})"
