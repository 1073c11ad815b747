"""The examples of deployment name what is there: commands, settings, files."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from mapapp.cli import main
from mapapp.config import SETTINGS

CHECKOUT = Path(__file__).resolve().parent.parent
DEPLOY = CHECKOUT / "deploy"
CONTAINER = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
UNIT = (DEPLOY / "mapapp.service").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    """What each example starts, after « mapapp »."""
    started = re.findall(r"^ExecStart=\S+/mapapp (.+)$", UNIT, re.MULTILINE)
    started += [
        shlex.join(json.loads(words)[1:]) for words in re.findall(r"^CMD (.+)$", CONTAINER, re.M)
    ]
    return [shlex.split(words) for words in started]


@pytest.mark.parametrize("words", commands(), ids=shlex.join)
def test_what_is_started_is_a_command_with_its_options(words: list[str]) -> None:
    """A renamed option is renamed here too."""
    command = main.get_command(click.Context(main), words[0])
    assert command is not None
    command.make_context(words[0], words[1:])


def test_both_examples_start_something() -> None:
    """The patterns above still find what they check."""
    assert len(commands()) == 2


def test_the_settings_that_are_set_exist() -> None:
    """A setting that is misspelt would be passed over in silence."""
    told = set(re.findall(r"^Environment=(\w+)=", UNIT, re.MULTILINE))
    told |= set(re.findall(r"\b((?:MAPAPP_\w+|HOST|PORT))=", CONTAINER))
    assert told
    assert told <= {setting.name for setting in SETTINGS}


def test_the_image_is_made_of_files_that_are_there() -> None:
    """And of all that the wheel is built from."""
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINER, re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert {"pyproject.toml", "geo", "mapapp", "data", "templates"} <= names
    assert all((CHECKOUT / name).exists() for name in names)


def test_systemd_hands_over_the_address_that_the_service_asks_for() -> None:
    """The service requires its socket, and the socket listens on this machine alone."""
    assert "Requires=mapapp.socket" in UNIT
    listening = re.findall(r"^ListenStream=(.+)$", (DEPLOY / "mapapp.socket").read_text(), re.M)
    assert listening == ["127.0.0.1:8000"]
