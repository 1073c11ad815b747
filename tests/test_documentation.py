"""The documentation says what the code does, no more and no less."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click
import pytest
from flask import Flask

from mapapp.cli import main
from mapapp.config import SETTINGS
from mapapp.tables.layout import TABLES, Table

CHECKOUT = Path(__file__).resolve().parent.parent

DOCS = CHECKOUT / "docs"
GUIDES = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]

_CELL = re.compile(r"(?<!\\)\|")
_QUOTED = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"[\w.-]+/\S*")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_SHELL_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(r"^([a-z][a-z ]*):(?!=)", re.MULTILINE)
_EXAMPLE = re.compile(r"Exemple\s?:\s(.+)", re.DOTALL)
_JOINTS = {"&&", "||", "|", ";", "&"}
#: What follows `make` or `mapapp` and names nothing: options, and variables set on the way.
_NAMES_NOTHING = re.compile(r"-|\w+=")


def text(path: Path) -> str:
    """The text of a file; a failure that names it when it is not there."""
    assert path.is_file(), f"{path.relative_to(CHECKOUT)} is to be written"
    return path.read_text(encoding="utf-8")


def rows(path: Path) -> dict[str, list[str]]:
    """The lines of a guide's tables whose first cell is `quoted`: that name, and all the cells."""
    found: dict[str, list[str]] = {}
    for line in text(path).splitlines():
        cells = [cell.strip() for cell in _CELL.split(line)[1:-1]]
        if cells and (name := _QUOTED.fullmatch(cells[0])):
            assert name[1] not in found, f"{path.name} tells {name[1]} twice"
            found[name[1]] = cells
    return found


def same(told: set[str], real: set[str], guide: str) -> None:
    """Fail with what the guide forgets, and what it tells that is no more."""
    assert told == real, f"{guide} forgets {sorted(real - told)}, invents {sorted(told - real)}"


def commands(group: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its full name."""
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, (*path, name))
    else:
        yield " ".join(path), group


COMMANDS = dict(commands(main, ("mapapp",)))


def example(command: click.Command) -> str:
    """The example that ends the help of a command, on one line."""
    found = _EXAMPLE.search(command.help or "")
    return " ".join(found[1].split()) if found else ""


def test_every_command_is_told() -> None:
    """``docs/cli.md`` has one line for each command."""
    same(set(rows(DOCS / "cli.md")), set(COMMANDS), "docs/cli.md")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_shows_an_example(name: str) -> None:
    """Its help ends with a use of itself, which the guide repeats."""
    shown = example(COMMANDS[name])

    assert shown.startswith(name), f"the help of « {name} » ends with no « Exemple : {name} … »"
    assert rows(DOCS / "cli.md")[name][-1] == f"`{shown}`"


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_is_understood(name: str) -> None:
    """The example of a command gives options that exist, and as many arguments as it takes."""
    command = COMMANDS[name]
    words = shlex.split(example(command))[len(name.split()) :]
    _, given, _ = command.make_parser(click.Context(command)).parse_args(words)

    assert not given, f"« {name} » would not know what to do with {given}"


def test_every_option_has_help() -> None:
    """``--help`` says what each option is for, in a sentence."""
    silent = [
        f"{name} {option.opts[0]}"
        for name, command in COMMANDS.items()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]

    assert not silent, f"options that say nothing: {silent}"


def test_every_setting_is_told_with_its_default() -> None:
    """``docs/settings.md`` has each setting of ``mapapp/config.py``, and the value when not set."""
    told = rows(DOCS / "settings.md")

    same(set(told), {setting.name for setting in SETTINGS}, "docs/settings.md")
    for setting in SETTINGS:
        assert told[setting.name][1] == (f"`{setting.default}`" if setting.default else "none")


def test_every_setting_is_in_the_list() -> None:
    """No module but ``mapapp/config.py`` reads the environment."""
    readers = [
        str(path.relative_to(CHECKOUT))
        for folder in ("geo", "mapapp")
        for path in (CHECKOUT / folder).rglob("*.py")
        if re.search(r"\bos\.(environ|getenv)\b", text(path)) and path.name != "config.py"
    ]

    assert not readers, f"make it a Setting of mapapp/config.py: {readers}"


def test_every_route_is_told(app: Flask) -> None:
    """``docs/routes.md`` has each address that is answered: addresses are promises."""
    told = rows(DOCS / "routes.md")

    same(set(told), {rule.rule for rule in app.url_map.iter_rules()}, "docs/routes.md")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_is_told(table: Table) -> None:
    """``data/README.md`` names the file of each table and all its columns."""
    guide = text(CHECKOUT / "data" / "README.md")
    quoted = set(re.findall(r"[\w.-]+", " ".join(_QUOTED.findall(guide) + _FENCED.findall(guide))))
    wanted = {table.file_name, *(column.name for column in table.columns)}

    assert wanted <= quoted, f"data/README.md does not tell {sorted(wanted - quoted)}"


def test_every_data_file_is_told() -> None:
    """``data/README.md`` says where each file of ``data/`` comes from."""
    guide = text(CHECKOUT / "data" / "README.md")
    untold = [
        path.name
        for path in sorted((CHECKOUT / "data").iterdir())
        if path.name != "README.md" and f"`{path.name}`" not in guide
    ]

    assert not untold, f"data/README.md does not tell {untold}"


@pytest.mark.parametrize("guide", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_a_guide_names_files_that_exist(guide: str) -> None:
    """Every path that the guide `quotes` is there."""
    paths = {name for name in _QUOTED.findall(text(CHECKOUT / guide)) if _PATH.fullmatch(name)}
    gone = [path for path in sorted(paths) if not (CHECKOUT / path).exists()]

    assert paths, f"{guide} names no file"
    assert not gone, f"{guide} names files that do not exist: {gone}"


def test_the_glossary_speaks_of_words_in_use() -> None:
    """Every name of ``docs/glossary.md`` is a word of the code."""
    sources = [path for name in ("geo", "mapapp") for path in (CHECKOUT / name).rglob("*.py")]
    code = "\n".join(map(text, sources))
    names = _QUOTED.findall("\n".join(line.split("|")[1] for line in glossary_lines()))
    unused = [name for name in names if not re.search(rf"\b{name}", code)]

    assert names
    assert not unused, f"the glossary explains words that nobody uses: {unused}"


def glossary_lines() -> list[str]:
    """The lines of the glossary's table."""
    return [line for line in text(DOCS / "glossary.md").splitlines() if line.startswith("| `")]


def spoken(block: str) -> Iterator[list[str]]:
    """The commands of a shell block, word by word, without comments."""
    for line in block.replace("\\\n", " ").splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split = True
        for joint, command in groupby(words, key=_JOINTS.__contains__):
            if not joint:
                yield list(command)


def shell_commands() -> list[tuple[str, list[str]]]:
    """Every command that a guide tells to type, with the name of the guide."""
    return [
        (guide.name, words)
        for guide in GUIDES
        for block in _SHELL_BLOCK.findall(text(guide))
        for words in spoken(block)
    ]


def make_targets() -> set[str]:
    """The chores of the Makefile."""
    return set(" ".join(_TARGET.findall(text(CHECKOUT / "Makefile"))).split())


def unknown(words: list[str]) -> str:
    """What a command names that does not exist; empty when all is well."""
    while words and _NAMES_NOTHING.match(words[0]):
        words = words[1:]
    program = Path(words[0]).name if words else ""
    said = [word for word in words[1:] if not _NAMES_NOTHING.match(word)]
    if program == "make":
        return " ".join(set(said) - make_targets())
    if program == "mapapp":
        known = any(f"{name} ".startswith(f"mapapp {' '.join(said[:1])} ") for name in COMMANDS)
        return "" if known or not said else said[0]
    return ""


def test_the_guides_tell_commands_that_exist() -> None:
    """What a ```sh block tells to type is a chore of the Makefile or a command of mapapp."""
    wrong = [f"{guide}: {shlex.join(words)}" for guide, words in shell_commands() if unknown(words)]

    assert not wrong, f"nobody can type this: {wrong}"


def test_the_readme_begins_with_the_two_commands() -> None:
    """A newcomer reads first how to see the map and how to run the tests."""
    told = [words for guide, words in shell_commands() if guide == "README.md"]

    assert ["make", "serve"] in told
    assert ["make", "test"] in told
