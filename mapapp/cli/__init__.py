"""The command line, ``mapapp …``: French messages, one sentence on stderr when nothing was done."""

from __future__ import annotations

import click

from mapapp.cli.data import check, init, stats
from mapapp.cli.faults import SpeakingGroup
from mapapp.cli.locate import locate
from mapapp.cli.pack import pack
from mapapp.cli.serve import serve


@click.group(cls=SpeakingGroup)
@click.option("--debug", is_flag=True, help="Montrer la trace des erreurs (pour les développeurs).")
@click.version_option(package_name="mapapp", message="mapapp %(version)s")
def main(debug: bool) -> None:
    """Explorer les initiatives de l’ESS dans les quartiers prioritaires (QPV).

    Exemple : mapapp serve
    """


for command in (serve, init, check, stats, locate, pack):
    main.add_command(command)
