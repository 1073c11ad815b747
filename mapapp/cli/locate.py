"""``mapapp locate``: the QPV verdicts on a point."""

from __future__ import annotations

import json

import click

from geo.position import Position, Precision
from geo.verdict import NOTICE, Place, judge
from mapapp.api.shapes import verdicts
from mapapp.cli.store import opened_store
from mapapp.memory import Memory
from mapapp.store.engine import require_schema, sessions
from mapapp.verdicts import ShownVerdict, show


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("lon", type=float)
@click.argument("lat", type=float)
@click.option("--radius", "radius_m", type=float, default=0.0, help="Incertitude en mètres.")
@click.option("--generation", type=click.Choice(["2015", "2024"]), help="Une seule génération.")
@click.option("--json", "as_json", is_flag=True, help="Répondre en JSON, comme l’API.")
def locate(lon: float, lat: float, radius_m: float, generation: str | None, as_json: bool) -> None:
    """Dire si un point (longitude puis latitude, en degrés) est dans un QPV.

    Exemple : mapapp locate 0.35 46.565 --radius 900
    """
    position = Position(lon, lat, Precision.POINT, radius_m)
    shown = _judged(position, int(generation) if generation else None)
    if as_json:
        answer = {
            "position": {
                "lon": lon, "lat": lat, "precision": position.precision, "radius_m": radius_m,
            },
            "verdicts": verdicts(shown).model_dump(by_alias=True, exclude_none=False),
        }  # fmt: skip
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    for of, verdict in shown.items():
        click.echo(f"QPV {of} : {verdict.sentence}.")
    click.echo(f"({NOTICE})")


def _judged(position: Position, generation: int | None) -> dict[int, ShownVerdict]:
    engine = opened_store()
    require_schema(engine)
    with sessions(engine)() as session:
        indexes = Memory().indexes(session)
    return {
        of: show(judge(Place(position), index), index.contours)
        for of, index in indexes.items()
        if generation in (None, of)
    }
