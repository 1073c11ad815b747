"""How a command ends: 0 done, 1 done with faults found, 2 nothing done, and a French sentence."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from geo.position import PositionError
from mapapp.errors import AppError, cited


class Refusal(click.ClickException):
    """Nothing was done; the French sentence says why and what to do."""

    exit_code = 2


class SpeakingGroup(click.Group):
    """Commands whose faults are one French sentence, never a traceback unless ``--debug``."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line and end the process."""
        try:
            sys.exit(super().main(*args, **extra | {"standalone_mode": False}))
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
        except click.UsageError as error:
            click.echo(usage_sentence(error), err=True)
        except click.ClickException as error:
            click.echo(error.format_message(), err=True)
        except click.Abort:
            click.echo("Interrompu.", err=True)
        except BrokenPipeError:  # who reads us has seen enough (« mapapp stats | head »)
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        sys.exit(2)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except (AppError, PositionError, SQLAlchemyError, OSError) as error:
            if ctx.params.get("debug"):
                raise
            raise Refusal(_sentence(error)) from error


def usage_sentence(error: click.UsageError) -> str:
    """What was written wrong, and where to read how: click says it in English."""
    path = error.ctx.command_path if error.ctx else "mapapp"
    return f"{_usage_fault(error)} Voir « {path} --help »."


def _usage_fault(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        return f"Option inconnue : {cited(error.option_name)}."
    if isinstance(error, click.MissingParameter):
        return f"Il manque {_parameter(error)}."
    if isinstance(error, click.BadParameter) and error.param:
        return f"Valeur refusée pour {_parameter(error)} : {_expected(error.param.type)}."
    named = re.search(r"'(.+?)'|\((.+?)\)", error.message)  # click quotes the word, or brackets it
    return f"Commande ou argument de trop : {cited(named[1] or named[2]) if named else '?'}."


def _parameter(error: click.BadParameter) -> str:
    parameter = error.param
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    return parameter.make_metavar(error.ctx) if parameter and error.ctx else "un argument"


def _expected(kind: click.ParamType[Any]) -> str:
    if isinstance(kind, click.Choice):
        return f"attendu {' ou '.join(map(str, kind.choices))}"
    if isinstance(kind, click.Path):
        return "un fichier ou un dossier lisible est attendu"
    if isinstance(kind, click.IntRange | click.FloatRange):
        return f"un nombre entre {kind.min:g} et {kind.max:g} est attendu"
    return "un nombre est attendu"


def _sentence(error: Exception) -> str:
    if isinstance(error, SQLAlchemyError):
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        return f"La base de données refuse l’opération (« {cause} »)."
    if isinstance(error, OSError):
        return (
            f"{error.filename or 'Fichier'} : illisible ou refusé (« {error.strerror or error} »)."
        )
    return str(error)
