"""How a command ends: 0 done, 1 done with faults found, 2 nothing done."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from geo.position import PositionError
from mapapp.errors import AppError


class Refusal(click.ClickException):
    """Nothing was done; the French sentence says why and what to do."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """The sentence alone, on stderr."""
        click.echo(self.format_message(), err=True)


class SpeakingGroup(click.Group):
    """Commands whose faults are one French sentence, never a traceback unless ``--debug``."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (AppError, PositionError, SQLAlchemyError, OSError) as error:
            if ctx.params.get("debug"):
                raise
            raise Refusal(_sentence(error)) from error


def _sentence(error: Exception) -> str:
    if isinstance(error, SQLAlchemyError):
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        return f"La base de données refuse l’opération : {cause}."
    if isinstance(error, OSError):
        return f"{error.filename or 'Fichier'} : {error.strerror or error}."
    return str(error)
