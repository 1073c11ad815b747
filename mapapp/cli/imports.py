"""``mapapp import …``: data previewed, then published in one go."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import click

from mapapp.cli.publication import FILE, confirm, must_ask, open_store, tell_end, tell_lines
from mapapp.importing.initiatives import Preview, Wanted, preview_initiatives, publish_initiatives
from mapapp.importing.sources import SourceFacts
from mapapp.store.runs import Run


@click.group("import")
def import_group() -> None:
    """Importer des données : initiatives ou périmètres officiels de QPV.

    Exemple : mapapp import initiatives fichier.csv --source cress-bfc --dry-run
    """


def _pairs(
    _ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    pairs = dict(pair.partition("=")[::2] for pair in given)
    if not all(pairs) or not all(pairs.values()):
        raise click.BadParameter("clé=valeur", param=parameter)
    return pairs


@import_group.command("initiatives")
@click.argument("file", metavar="FILE", type=FILE)
@click.option("--source", "source_id", required=True, help="Identifiant de la source.")
@click.option(
    "--colonne",
    "columns",
    multiple=True,
    callback=_pairs,
    metavar="COLONNE=ENTETE",
    help="Dire quel en-tête du fichier est quelle colonne (nom=raison_sociale).",
)
@click.option(
    "--valeur",
    "constants",
    multiple=True,
    callback=_pairs,
    metavar="COLONNE=VALEUR",
    help="Donner la même valeur à toutes les lignes (themes=vers-l-emploi).",
)
@click.option(
    "--publier",
    "publishes",
    multiple=True,
    metavar="ENTETE",
    help="Montrer à tous une colonne inconnue, à répéter (« aucune » : n’en montrer aucune).",
)
@click.option("--nom-source", "name", help="Nom de la source.")
@click.option("--editeur", "publisher", help="Éditeur de la source.")
@click.option("--licence", help="Licence de la source.")
@click.option("--adresse", "url", help="Adresse web de la source.")
@click.option(
    "--couverture",
    "coverage",
    type=click.Choice(["selective", "exhaustive"]),
    help="Exemples choisis, ou tout pour ses thèmes et son territoire.",
)
@click.option("--themes-couverts", "covered_themes", help="Thèmes couverts, séparés par |.")
@click.option(
    "--territoire",
    "covered_territory",
    help="Territoire couvert : national, ou region:27|departement:93|epci:…|commune:….",
)
@click.option("--date", help="Date de la source (AAAA, AAAA-MM ou AAAA-MM-JJ).")
@click.option("--contact", help="Page de contact.")
@click.option("--dry-run", is_flag=True, help="Montrer ce qui changerait, sans rien écrire.")
@click.option("--yes", is_flag=True, help="Publier sans demander.")
@click.option("--json", "as_json", is_flag=True, help="Répondre en JSON.")
def initiatives_command(
    file: Path,
    source_id: str,
    columns: dict[str, str],
    constants: dict[str, str],
    publishes: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    as_json: bool,
    **facts: str | None,
) -> None:
    """Importer des initiatives (CSV, XLSX, ODS, GeoJSON) : aperçu, puis publication d’un bloc.

    Exemple : mapapp import initiatives fichier.csv --source cress-bfc --dry-run
    """
    chosen = () if publishes == ("aucune",) else publishes or None
    wanted = Wanted(file, source_id, SourceFacts(**facts), columns, constants, chosen)
    maker = open_store()
    asks = must_ask(dry_run, yes)
    if asks:
        with maker() as session:  # the preview is not kept: publishing compares again
            tell_lines(preview_initiatives(session, wanted).lines(), as_json)
        confirm(as_json)
    if dry_run:
        with maker() as session:
            preview, run = preview_initiatives(session, wanted), None
    else:
        with maker.begin() as session:
            preview, run = publish_initiatives(session, wanted, getpass.getuser())
    _tell(preview, run, as_json, rows=not asks)
    if preview.plan.counts["rejected"]:
        raise SystemExit(1)


def _tell(preview: Preview, run: Run | None, as_json: bool, rows: bool) -> None:
    if as_json:
        told = preview.as_json(run.id if run else None)
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    if rows:
        tell_lines(preview.lines())
    counts = preview.plan.counts
    said = ", ".join(f"{counts[name]} {label}" for name, label in _LABELS.items())
    said += f" ; {preview.plan.absent} absentes du fichier, laissées telles quelles."
    tell_end(said, run.id if run else None)


_LABELS = {
    "created": "créées",
    "updated": "modifiées",
    "unchanged": "inchangées",
    "doubtful": "à revoir",
    "rejected": "rejetées",
    "retired": "retirées",
}
