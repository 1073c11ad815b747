"""Requests drawn at random to every page and every operation: no 5xx, nothing unescaped, no cookie.

    python endure/fuzz.py [COUNT]

COUNT requests (10,000 unless told) to the pages, whose parameters are drawn from sound, extreme and
hostile values; then as many to the operations of the API, drawn by Schemathesis from the OpenAPI
file. All are asked in process, by one client without the limits that visitors share.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import campaign
from flask import Flask
from invariants import CheckingClient

from mapapp import create_app
from mapapp.config import INSTANCE
from mapapp.paths import shipped
from mapapp.shipping import initialise
from mapapp.store.engine import open_engine
from mapapp.web.limits import limiter

SEED = 20_261_201
WHOLE = 10_000
#: Operations of the API for which requests are drawn: each gets an equal share.
OPERATIONS = 18

PARAMETERS = (
    "q theme qpv commune departement region epci source etat generation distance lat lon rayon "
    "bbox page ou exactitude vue accent largeur hauteur initiative ressource recherche choix tri "
    "tous population genre zoom format url site manques nature fiche"
).split()

VALUES = (
    *("", "0", "1", "-1", "2", "1e9", "nan", "inf", "-0.0", "9" * 20, "0x10", "١٢", "1,5"),
    *("93", "2A", "2a", "974", "93066", "200054781", "27", "region-11", "QN02103M", "QP093045"),
    *("alimentation", "sante", "culture", "mobilite", "inside", "border", "2015", "2024", "nom"),
    *("Stains", "Saint-Denis", "59100 roubaix", "12 rue de la Paix", "l’ESS", "élan", "ß", "ﬁ"),
    *("48.9,2.3", "2.3,48.9,2.4,49", "-180,-90,180,90", "5,47,5.1", "nan,nan,nan,nan", "1,1,1,1"),
    *("<img src=x onerror=alert(1)>", "${alert(1)}", "{{ 7*7 }}", "'; DROP TABLE qpv; --", '"'),
    *("../../etc/passwd", "%00", "\0", "\u202e", "\ud7ff", "😀", "a" * 3000, "*", "NOT", '"a'),
    *("http://localhost/", "http://169.254.169.254/", "javascript:alert(1)", "//example.org"),
    *("la-coursive-boutaric", "kpa-cite", "digifab", "ff0000", "les-deux", "json", "xml", "csv"),
)

_VARIABLE = re.compile("<[^>]+>")


def draw_address(chance: random.Random, routes: Sequence[str]) -> str:
    """An address: a route with its variable parts filled, and parameters, some of them twice."""

    def value(_: object = None) -> str:
        return quote(chance.choice(VALUES), safe="")

    path = _VARIABLE.sub(lambda found: value(found) or "x", chance.choice(routes))
    names = chance.choices(PARAMETERS, k=chance.choice((0, 1, 1, 2, 2, 3, 5)))
    query = "&".join(f"{name}={value()}" for name in names)
    return path + ("?" + query if query else "")


def ask_pages(app: Flask, count: int) -> tuple[dict[str, object], list[str]]:
    """Ask that many addresses; what was answered and what did not hold."""
    app.test_client_class = CheckingClient
    client = app.test_client()
    routes = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    chance = random.Random(SEED)
    answers: Counter[int] = Counter()
    faults: list[str] = []
    slowest = (0.0, "")
    for _ in range(count):
        address = draw_address(chance, routes)
        begun = time.perf_counter()
        try:
            status = client.get(address).status_code
        except Exception as error:  # an invariant, or the application itself
            faults.append(f"{address[:200]!r}: {type(error).__name__} {str(error)[:200]}")
            continue
        slowest = max(slowest, (time.perf_counter() - begun, address))
        answers[status // 100] += 1
        if status >= 500:
            faults.append(f"{address[:200]!r}: {status}")
    return {
        "requests to the pages and files": count,
        **{f"answered {kind}xx": number for kind, number in sorted(answers.items())},
        "slowest answer (s)": slowest[0],
        "slowest address": f"`{slowest[1][:80]}`",
    }, faults


def ask_operations(count: int) -> tuple[dict[str, object], list[str]]:
    """Draw requests for every operation of the API; the tests say what must hold of each."""
    share = max(1, count // OPERATIONS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/web/test_api_fuzz.py"],
        cwd=campaign.CHECKOUT,
        env=campaign.ENVIRONMENT | {"REQUESTS": str(share)},
        stdout=subprocess.PIPE,
        text=True,
    )
    ended = re.findall(r"\d+ (?:passed|failed).*", done.stdout) or ["nothing"]
    return {
        "requests to each operation of the API (a tenth to those that write files)": share,
        "outcome of the operations": ended[-1],
    }, [] if done.returncode == 0 else [done.stdout[-2000:]]


def main() -> int:
    """Both halves; 1 when something did not hold."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else WHOLE
    with tempfile.TemporaryDirectory() as folder:
        os.environ[INSTANCE.name] = folder
        engine = open_engine(f"sqlite:///{Path(folder) / 'mapapp.db'}")
        initialise(engine, shipped("data"))
        app = create_app(engine)
        limiter.enabled = False
        pages, page_faults = ask_pages(app, count)
        engine.dispose()
    operations, operation_faults = ask_operations(count)
    return campaign.report(pages | operations, page_faults + operation_faults)


if __name__ == "__main__":
    sys.exit(main())
