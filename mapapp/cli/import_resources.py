"""``mapapp import resources``: another edition of the catalogue put in force."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import click

from mapapp.cli.publication import FILE, confirm, must_ask, open_store, tell_end, tell_lines
from mapapp.importing.resources import plan_resources, publish_resources

_FATES = {
    "created": "créées",
    "updated": "modifiées",
    "unchanged": "inchangées",
    "retired": "retirées",
    "rejected": "rejetées",
}


@click.command("resources")
@click.argument("file", metavar="FILE", type=FILE)
@click.option("--edition", help="Édition du catalogue (2027).")
@click.option("--dry-run", is_flag=True, help="Montrer ce qui changerait, sans rien écrire.")
@click.option("--yes", is_flag=True, help="Publier sans demander.")
@click.option("--json", "as_json", is_flag=True, help="Répondre en JSON.")
def import_resources(
    file: Path, edition: str | None, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Mettre en vigueur une édition du catalogue ; les ressources retirées gardent leur adresse.

    Exemple : mapapp import resources ressources-2027.csv --edition 2027 --dry-run
    """
    maker = open_store()
    run_id = None
    with maker() as session:
        plan = plan_resources(session, file, edition)
    if not as_json:
        tell_lines(plan.lines())
    if must_ask(dry_run, yes):
        confirm(as_json)
    if not dry_run:
        with maker.begin() as session:
            plan, run = publish_resources(session, file, edition, getpass.getuser())
            run_id = run.id
    if as_json:
        click.echo(json.dumps(plan.as_json(run_id), ensure_ascii=False, indent=2))
    else:
        counts = plan.counts
        tell_end(", ".join(f"{counts[name]} {label}" for name, label in _FATES.items()), run_id)
    if plan.counts["rejected"]:
        raise SystemExit(1)
