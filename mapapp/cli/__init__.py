"""The command line, ``mapapp …``: French messages, one sentence on stderr when nothing was done."""

from __future__ import annotations

import click

from mapapp.cli.backup import backup, restore
from mapapp.cli.coverage import coverage
from mapapp.cli.data import check, init, stats
from mapapp.cli.export import export
from mapapp.cli.faults import SpeakingGroup
from mapapp.cli.geocode import geocode_command
from mapapp.cli.import_qpv import import_qpv
from mapapp.cli.import_resources import import_resources
from mapapp.cli.imports import import_group
from mapapp.cli.join import join
from mapapp.cli.locate import locate
from mapapp.cli.pack import pack
from mapapp.cli.review import review
from mapapp.cli.runs import rollback, runs
from mapapp.cli.serve import serve
from mapapp.cli.snapshot import snapshot


@click.group(cls=SpeakingGroup)
@click.option("--debug", is_flag=True, help="Montrer la trace des erreurs (pour les développeurs).")
@click.version_option(package_name="mapapp", message="mapapp %(version)s")
def main(debug: bool) -> None:
    """Explorer les initiatives de l’ESS dans les quartiers prioritaires (QPV).

    Exemple : mapapp serve
    """


COMMANDS = (
    serve,
    init,
    check,
    stats,
    locate,
    join,
    coverage,
    import_group,
    runs,
    rollback,
    geocode_command,
    review,
    export,
    snapshot,
    backup,
    restore,
    pack,
)
import_group.add_command(import_resources)
import_group.add_command(import_qpv)
for command in COMMANDS:
    main.add_command(command)
