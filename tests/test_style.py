"""Typography of what people read, what a page may fetch, and what the project's files may name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask

from mapapp.cli import main

CHECKOUT = Path(__file__).resolve().parent.parent

TEMPLATES = sorted((CHECKOUT / "templates").rglob("*.html"))
CODE = sorted(path for name in ("geo", "mapapp") for path in (CHECKOUT / name).rglob("*.py"))
STATIC = sorted(
    path
    for path in (CHECKOUT / "mapapp" / "static").rglob("*")
    if path.suffix in (".css", ".js", ".svg")
)
LOCKS = sorted((CHECKOUT / "requirements").glob("*.txt"))
GUIDES = sorted(
    path for where in ("*", "docs/**/*", "data/*") for path in CHECKOUT.glob(f"{where}.md")
)
CHORES = [CHECKOUT / name for name in ("Makefile", "pyproject.toml", ".pre-commit-config.yaml")]
CHORES += sorted((CHECKOUT / ".ci").iterdir())


BREAKABLE = re.compile(r"(?:^|[^\s:])[ \n]+[:;!?»](?![\w/=])|«[ \n]")
STRAIGHT = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)'[a-zà-ÿ]", re.IGNORECASE)
STUCK = re.compile(r"[^\W\d][;!?»](?:\s|$)|[^\W\d]:\s|«\w")

_JINJA = re.compile(r"\{([#%{])(.*?)[#%}]\}", re.DOTALL)
_JINJA_TEXT = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\w])//.*", re.DOTALL)
_SCRIPT_TEXT = re.compile(r"\"([^\"\n]*)\"|`([^`]*)`")
_NOT_PROSE = {"script", "style", "code", "pre", "svg"}
_PROSE_ATTRIBUTES = {"alt", "title", "aria-label", "placeholder", "content"}
_ADDRESSES = {"src", "href", "srcset", "data", "poster"}
#: Elements that only tell an address; the browser fetches what the others name.
_TELLING = {"a", "area"}

_FOREIGN = re.compile(r"\s*(?:[a-z][a-z.+-]*:)?//", re.IGNORECASE)
#: A namespace is a name that looks like an address; nobody fetches it.
_ADDRESS = re.compile(r"https?://(?!www\.w3\.org/(?:2000/svg|1999/))\S+")
_REGISTRY = re.compile(
    r"index-url|find-links|/simple\b|://[^/\s]*\b(?:pypi|pythonhosted|npmjs)\b", re.IGNORECASE
)
_MACHINE = re.compile(rf"(?<![\w.~])/(?:home|Users|root|tmp|opt|mnt)/|{re.escape(str(CHECKOUT))}\b")


class Prose(HTMLParser):
    """What a template gives to read and to fetch, its Jinja taken out."""

    def __init__(self, template: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.fetched: list[str] = []
        self._silent = 0
        self._text = ""
        # An expression stands for a word; a statement or a comment for nothing.
        self.feed(_JINJA.sub(lambda found: "x" if found[1] == "{" else "", template))
        self.close()
        self.texts.append(self._text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note what the attributes say, and whether the text inside is prose."""
        self._silent += tag in _NOT_PROSE
        given = {name: value or "" for name, value in attributes}
        self.texts += [text for name, text in given.items() if name in _PROSE_ATTRIBUTES]
        if tag not in _TELLING:
            self.fetched += [address for name, address in given.items() if name in _ADDRESSES]

    def handle_endtag(self, tag: str) -> None:
        """Note that the text is prose again."""
        self._silent -= tag in _NOT_PROSE

    def handle_data(self, data: str) -> None:
        """Keep the prose as one text, for a sign may follow an element."""
        self._text += "" if self._silent else data


def literals(pattern: re.Pattern[str], source: str) -> list[str]:
    """The quoted texts in a piece of code."""
    return [quoted for found in pattern.findall(source) for quoted in found if quoted]


def faults(texts: Iterable[str], *rules: re.Pattern[str]) -> list[str]:
    """The places that break a rule, with some words around; every space shown as it is."""
    return [
        repr(text[max(0, found.start() - 25) : found.end() + 10])
        for text in texts
        for rule in rules
        for found in rule.finditer(text)
    ]


def check(texts: Iterable[str], *rules: re.Pattern[str]) -> None:
    """Fail with every place that breaks a rule."""
    found = faults(texts, *rules)
    assert not found, "to be set in French (no-break spaces, ’):\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Deux mots : un", BREAKABLE),
        ("Vraiment ?", BREAKABLE),
        ("« Les Grésilles\u00a0»", BREAKABLE),
        ("l'adresse", STRAIGHT),
        ("Jusqu'ici", STRAIGHT),
        ("Une réponse: non", STUCK),
        ("Vraiment?", STUCK),
        ("«Fives»", STUCK),
    ],
)
def test_the_rules_see_faults(text: str, rule: re.Pattern[str]) -> None:
    """Each rule finds the fault that it is for, and nothing in the sentence put right."""
    right = (
        "Où\u00a0? À l’adresse «\u00a0Fives\u00a0», 12:30\u202f; rien d’autre\u00a0: /qpv?page=2 !"
    )

    assert faults([text], rule)
    assert not faults([right.removesuffix(" !")], BREAKABLE, STRAIGHT, STUCK)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_is_set_in_french(path: Path) -> None:
    """Typographic apostrophes, and no-break spaces where French puts them."""
    template = path.read_text(encoding="utf-8")
    code = [found[2] for found in _JINJA.finditer(template) if found[1] != "#"]
    said = [quoted for piece in code for quoted in literals(_JINJA_TEXT, piece)]

    check(Prose(template).texts, BREAKABLE, STRAIGHT, STUCK)
    check(said, BREAKABLE, STRAIGHT)


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_the_messages_of_a_module_are_set_in_french(path: Path) -> None:
    """The same in the texts of the code. English has no space before these signs, so it passes."""
    check(messages(ast.parse(path.read_text(encoding="utf-8"))), BREAKABLE, STRAIGHT)


def messages(tree: ast.AST) -> Iterator[str]:
    """The texts of a module but its docstrings; what is filled in stands as a word."""
    passed_over: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):  # a docstring, or nothing of use
            passed_over.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            passed_over |= set(node.values)
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values
            )
        elif isinstance(node, ast.Constant) and node not in passed_over:
            yield node.value if isinstance(node.value, str) else ""


def test_the_scripts_are_set_in_french() -> None:
    """The same in the texts of our JavaScript."""
    said = [
        quoted
        for path in STATIC
        if path.suffix == ".js"
        for quoted in literals(_SCRIPT_TEXT, _SCRIPT_COMMENT.sub("", path.read_text("utf-8")))
    ]

    check(said, BREAKABLE, STRAIGHT)


def test_the_help_of_the_commands_is_set_in_french() -> None:
    """The same in what ``mapapp --help`` says, whose source is docstrings."""
    said = [text for command in commands(main) for text in help_texts(command)]

    assert said
    check(said, BREAKABLE, STRAIGHT)


def commands(command: click.Command) -> Iterator[click.Command]:
    """A command and all that it holds."""
    yield command
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        yield from commands(inner)


def help_texts(command: click.Command) -> list[str]:
    """What a command says of itself and of its options."""
    options = [option for option in command.params if isinstance(option, click.Option)]
    return [command.help or "", *(option.help or "" for option in options)]


def test_the_description_of_the_api_is_set_in_french(app: Flask) -> None:
    """The same in the OpenAPI file, which the page ``/api`` shows."""
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    said = list(descriptions(document))

    assert said
    check(said, BREAKABLE, STRAIGHT)


def descriptions(node: Any) -> Iterator[str]:
    """The summaries and descriptions anywhere in an OpenAPI document."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for value in inner:
        yield from descriptions(value)
    if isinstance(node, dict):
        yield from (
            node[name] for name in ("summary", "description") if isinstance(node.get(name), str)
        )


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_fetches_nothing_elsewhere(path: Path) -> None:
    """No script, style, picture or frame comes from another host."""
    fetched = Prose(path.read_text(encoding="utf-8")).fetched

    assert not [address for address in fetched if _FOREIGN.match(address)]


@pytest.mark.parametrize("path", STATIC, ids=lambda path: path.name)
def test_our_files_name_no_other_host(path: Path) -> None:
    """Our scripts, sheets and pictures hold no address of another host at all."""
    assert not _ADDRESS.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_holds_versions_and_hashes_only(path: Path) -> None:
    """Every requirement is one version with its hashes; where it comes from is not said."""
    lines = path.read_text(encoding="utf-8").splitlines()
    named = [line for line in lines if line and not line.startswith((" ", "#"))]
    hashes = [line for line in lines if line.startswith("    --hash=")]

    assert named
    assert hashes
    assert not [line for line in named if not re.match(r"[a-z0-9.-]+==\S+ (; .+ )?\\$", line)]
    assert not [line for line in lines if "://" in line or re.match(r"\s*-(?!-hash=)", line)]


def test_the_files_name_no_registry_and_no_machine() -> None:
    """Guides, chores and lock files work anywhere: no package index, no path of one machine."""
    named = [
        f"{path.relative_to(CHECKOUT)}:{number}: {line.strip()}"
        for path in (*LOCKS, *GUIDES, *CHORES)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (_REGISTRY.search(line) and "--no-emit-index-url" not in line) or _MACHINE.search(line)
    ]

    assert not named, "\n".join(named)
