"""The dearest GET there is, found by search: processor seconds of the worst answers.

    python bench/dearest.py [INITIATIVES]

Questions are drawn from what each route is known to listen to (the OpenAPI file, the parameters of
the pages, the promised addresses) with extreme and random values; the worst are then changed a
little, again and again, while they get worse. Every answer is asked of the whole application in one
process, read to its end, and measured by the processor's clock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, urlencode, urlsplit

import alone
from figures import Figure, Section
from filled import SHIPPED, shared_folder, stored
from flask import Flask
from flask.testing import FlaskClient
from machine import CHECKOUT
from synthetic import SOURCES
from visits import World

from mapapp import create_app
from mapapp.api.parameters import PARAMETERS
from mapapp.config import INSTANCE
from mapapp.machine.folder import NAME
from mapapp.machine.kept_files import FOLDER
from mapapp.store.engine import open_engine

SEED = 20_261_201
WHOLE, SMALL = 100_000, 2_000

#: Questions drawn for each route, then steps of the climb, and how many questions it changes.
DRAWN, STEPS, CLIMBING = 14, 160, 12
#: No answer may take longer (seconds of processor), unless it is a file made once and kept.
LIMIT_S, KEPT_LIMIT_S = 1.0, 10.0
#: How many of the worst are told.
TOLD = 10

#: Filters that narrow, and so make cheaper: drawn less often than those that widen.
_NARROWING = 0.25

METHOD = f"""Questions drawn from the routes, parameters and promised addresses of the application,
{DRAWN} for each route, then {STEPS} changes of the worst. Time of processor of a whole answer in
one process, with what one version of the data needs in memory already there; an answer over 0.3 s
is asked again with a parameter that means nothing, and the cheaper of the two counts."""

#: What the pages listen to beside the filters, and texts that make searches work.
_WORDS = (
    "a", "e", "de", "la", "saint", "st", "association", "regie", "e a i", "le la les de du des",
    "a e i o u", "ressourcerie", "Paris", "93066", "zzzzzz", "é" * 100, "de " * 33, "a" * 100,
    "asso ress rec", "10 rue de la Paix Paris", "Saint-Denis 93200", "*", "%", "\"'", "é à ù",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A path, and the parameters asked of it."""

    path: str
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def address(self) -> str:
        """As it is asked."""
        return f"{self.path}?{urlencode(self.pairs)}" if self.pairs else self.path


@dataclass(frozen=True, slots=True, order=True)
class Cost:
    """Processor seconds, bytes and status of an answer; ``kept``: a file was made and kept."""

    seconds: float
    length: int = field(compare=False)
    status: int = field(compare=False)
    kept: bool = field(compare=False)


class Asker:
    """Asks one application, and knows what was asked."""

    def __init__(self, app: Flask, kept: Path) -> None:
        self._client = FlaskClient(app, app.response_class)
        self._kept = kept
        self.costs: dict[Question, Cost] = {}

    def cost(self, question: Question) -> Cost:
        """What the answer costs, asked once."""
        if question not in self.costs:
            cost = self._asked(question)
            if cost.seconds > 0.3 and not cost.kept:  # another process may have been in the way
                pairs = (*question.pairs, ("rien", "1"))
                cost = min(cost, self._asked(Question(question.path, pairs)))
            self.costs[question] = cost
        return self.costs[question]

    def _asked(self, question: Question) -> Cost:
        before = self._files()
        begun = time.process_time()
        answer = self._client.get(question.address, headers={"Accept-Encoding": "gzip, br"})
        length = len(answer.data)
        taken = time.process_time() - begun
        answer.close()
        return Cost(taken, length, answer.status_code, self._files() != before)

    def _files(self) -> set[str]:
        return {path.name for path in self._kept.glob("*")} if self._kept.is_dir() else set()


class Drawer:
    """Draws questions and changes them."""

    def __init__(self, app: Flask, world: World, chance: Random) -> None:
        self._world, self._chance = world, chance
        self.listened = _listened(app, world)

    def drawn(self) -> Iterator[Question]:
        """Some questions of every route, the barest first."""
        for path, names in self.listened.items():
            yield Question(path)
            for _ in range(DRAWN if names else 0):
                chosen = [name for name in names if self._chance.random() < self._share(name)]
                yield Question(path, tuple((name, self._value(name)) for name in sorted(chosen)))

    def changed(self, question: Question) -> Question:
        """A neighbour of a question: one parameter more, less, or other."""
        names = self.listened.get(question.path, ())
        pairs = dict(question.pairs)
        if pairs and self._chance.random() < 0.3:
            del pairs[self._chance.choice(sorted(pairs))]
        elif names:
            name = self._chance.choice(names)
            pairs[name] = self._value(name)
        return Question(question.path, tuple(sorted(pairs.items())))

    @staticmethod
    def _share(name: str) -> float:
        return _NARROWING if name in _NARROW else 0.5

    def _value(self, name: str) -> str:
        chance, world = self._chance, self._world
        if name in ("q", "ou", "recherche"):
            return chance.choice(_WORDS)
        if name in ("theme", "choix"):
            return chance.choice(world.themes)
        if name == "bbox":
            return self._box()
        of_the_world: Mapping[str, Sequence[str]] = {
            "qpv": world.qpvs,
            "departement": world.departements,
            "initiative": world.slugs,
        }
        if name in of_the_world:
            return chance.choice(of_the_world[name])
        if name in _VALUES:
            return chance.choice(_VALUES[name])
        schema = PARAMETERS.get(name, {})
        if "enum" in schema:
            return str(chance.choice(schema["enum"]))
        if "minimum" in schema:
            low, high = schema["minimum"], schema["maximum"]
            value = chance.choice((low, high, chance.uniform(low, high)))
            return str(int(value) if schema["type"] == "integer" else round(value, 3))
        return str(chance.choice(schema.get("examples", ["1"])))

    def _box(self) -> str:
        lon, lat = self._world.town(self._chance)
        half = 10 ** self._chance.uniform(-3, 2)
        france = "-5,41,10,51.5"
        corners = (lon - half, max(lat - half, -90), lon + half, min(lat + half, 90))
        around = ",".join(f"{degrees:.4f}" for degrees in corners)
        return self._chance.choice((france, "-180,-90,180,90", "170,-90,190,90", around))


_NARROW = frozenset({"qpv", "commune", "departement", "region", "epci", "source", "etat", "page"})

#: Values with more in them than those that the OpenAPI file gives as examples.
_VALUES: Mapping[str, Sequence[str]] = {
    "commune": ("75056", "69123", "13055", "93066"),
    "region": ("11", "84", "93", "01"),
    "epci": ("200054781", "200046977"),
    "source": tuple(source for source, _ in SOURCES),
    "rayon": ("1", "1000", "20000", "50000", "100000"),
    "lat": ("48.86", "45.76", "43.3", "90", "-90"),
    "lon": ("2.35", "4.83", "5.37", "180", "-180"),
    "exactitude": ("0", "100", "100000"),
    "distance": ("1", "300", "1234.5", "5000", "49999", "50000"),
    "zoom": ("0", "3", "6", "9", "12", "15", "18", "19"),
    "page": ("1", "2", "30", "4000"),
    "largeur": ("200", "960", "2000"),
    "hauteur": ("200", "720", "2000"),
    "manques": ("0", "1"),
    "vue": ("les-deux", "carte", "liste", "compteur", "ressources"),
    "accent": ("0a5f38",),
    "maxwidth": ("200", "2000"),
    "format": ("json", "xml"),
    "genre": ("commune", "commune,qpv,initiative,ressource"),
}


def _listened(app: Flask, world: World) -> dict[str, tuple[str, ...]]:
    """By path, the parameters that it is known to listen to; a record stands for all of a kind."""
    names: dict[str, set[str]] = {}
    lines = (CHECKOUT / "tests" / "promises.txt").read_text(encoding="utf-8").splitlines()
    addresses = [line.partition("#")[0] for line in lines if line.startswith("/")]
    router = app.url_map.bind("localhost")
    seen: dict[str, int] = {}
    for address in addresses:
        parts = urlsplit(address)
        rule = router.match(parts.path, "GET", return_rule=True)[0]
        dynamic = bool(rule.arguments)
        asked = parse_qsl(parts.query)
        seen[rule.rule] = seen.get(rule.rule, 0) + (parts.path not in names)
        if dynamic and seen[rule.rule] > _RECORDS.get(rule.rule, 6) and parts.path not in names:
            continue
        names.setdefault(parts.path, set()).update(name for name, _ in asked)
    for code in ("region-11", "region-84", "75", "59", "200054781", "75056", "13055"):
        names.setdefault(f"/territoires/{code}", {"generation", "distance"})
    names["/sitemap/1.xml"] = set()
    return {path: tuple(sorted(found)) for path, found in names.items()}


#: Of a route with records, as many as are tried: files differ from one another, records do not.
_RECORDS = {"/donnees/<any(initiatives):dataset>.<form>": 40}


def measure(count: int) -> Section:
    """Search a store that ships, then one with many initiatives."""
    figures: list[Figure] = []
    notes: list[str] = []
    with shared_folder() as folder:
        for size in dict.fromkeys((SHIPPED, count)):
            costs = search(stored(folder, size), Random(SEED))
            made = {question: cost for question, cost in costs.items() if cost.kept}
            others = {question: cost for question, cost in costs.items() if not cost.kept}
            worst = sorted(others.items(), key=lambda found: -found[1].seconds)
            files = sorted(made.items(), key=lambda found: -found[1].seconds)
            held = f"{size:,} initiatives"
            figures += [
                Figure(f"{held}: the dearest answer", worst[0][1].seconds, "s", LIMIT_S),
                Figure(
                    f"{held}: the dearest file, made once",
                    files[0][1].seconds if files else 0.0,
                    "s",
                    KEPT_LIMIT_S,
                ),
                Figure(f"{held}: questions tried", len(costs), ""),
                Figure(
                    f"{held}: answers of 500 or more",
                    sum(c.status >= 500 for c in costs.values()),
                    "",
                    0,
                ),
            ]
            notes += [f"{held}, {_told(*found)}" for found in worst[:TOLD]]
            notes += [f"{held}, kept file, {_told(*found)}" for found in files[:3]]
    return Section("The dearest GET", METHOD, tuple(figures), tuple(notes))


def _told(question: Question, cost: Cost) -> str:
    size = f"{cost.length / 1e6:.2f} MB, {cost.status}"
    return f"{cost.seconds:.2f} s, {size}: `{question.address[:180]}`"


def search(database: Path, chance: Random) -> dict[Question, Cost]:
    """What every question tried costs on a database."""
    with TemporaryDirectory(prefix="mapapp-bench-") as instance:
        os.environ[INSTANCE.name] = instance
        app = create_app(open_engine(f"sqlite:///{database}"))
        app.config["RATELIMIT_ENABLED"] = False
        asker = Asker(app, Path(instance) / NAME / FOLDER)
        drawer = Drawer(app, World.of(database), chance)
        for question in drawer.drawn():  # twice: the first builds what a process keeps
            asker.cost(Question(question.path)) if question.path not in _warmed else None
            _warmed.add(question.path)
        asker.costs.clear()
        for question in drawer.drawn():
            asker.cost(question)
        _climb(asker, drawer, chance)
        return asker.costs


_warmed: set[str] = set()


def _climb(asker: Asker, drawer: Drawer, chance: Random) -> None:
    """Change the worst questions, and go on from what is worse."""
    for _ in range(STEPS):
        open_ones = [found for found in asker.costs.items() if not found[1].kept]
        worst = sorted(open_ones, key=lambda found: -found[1].seconds)[:CLIMBING]
        asker.cost(drawer.changed(chance.choice(worst)[0]))


if __name__ == "__main__":
    alone.run(measure, whole=WHOLE, small=SMALL)
