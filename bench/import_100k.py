"""How long 100,000 located rows take to import, preview included, and the memory it takes.

    python bench/import_100k.py [ROWS]

The rows are made from a fixed seed around the communes of the shipped data, as dense as people
live, so that towns and their QPVs get most of them. To reach: 60 s and 500 MB.
"""

from __future__ import annotations

import csv
import resource
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import alone
from figures import Figure, Section

from mapapp.paths import shipped

SEED = 20_260_101
HEADERS = ("identifiant", "nom", "adresse", "code_postal", "commune", "latitude", "longitude")
#: A degree of latitude in metres, enough to scatter points around a town hall.
METRES_PER_DEGREE = 111_195.0
WORDS = "Atelier Régie Jardin Ressourcerie Épicerie Café Vélo Lien Fabrique Maison Relais Chantier"

COMMAND = ("-m", "mapapp", "import", "initiatives")
SOURCE = ("--source", "banc", "--nom-source", "Banc", "--editeur", "Banc", "--yes")
CONSTANT = ("--valeur", "themes=vers-l-emploi")


def write_rows(path: Path, count: int) -> None:
    """A file of ``count`` rows, the same each time."""
    chance = Random(SEED)
    communes = _communes()
    weights = [int(commune["population"] or 0) for commune in communes]
    drawn = chance.choices(communes, weights, k=count)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        writer.writerows(_row(rank, commune, chance) for rank, commune in enumerate(drawn))


def _communes() -> list[dict[str, str]]:
    with (shipped("data") / "communes.csv").open(encoding="utf-8", newline="") as file:
        return [commune for commune in csv.DictReader(file) if commune["codes_postaux"]]


def _row(rank: int, commune: dict[str, str], chance: Random) -> tuple[object, ...]:
    words = chance.sample(WORDS.split(), 2)
    spread = min(float(commune["rayon_m"]), 5_000.0) / 2 / METRES_PER_DEGREE
    lat = float(commune["latitude"]) + chance.gauss(0, spread)
    lon = float(commune["longitude"]) + chance.gauss(0, spread)
    name = f"{words[0]} {words[1].lower()} de {commune['nom']} n° {rank}"
    address = f"{chance.randint(1, 200)} rue {chance.choice(WORDS.split())}"
    postcode = commune["codes_postaux"].split("|")[0]
    return rank, name, address, postcode, commune["nom"], f"{lat:.6f}", f"{lon:.6f}"


METHOD = """`mapapp import initiatives FILE --yes`: reading, preview, verdicts for both
generations, coverage and publication, in a process of its own. Memory: the most that the process
held."""


def measure(count: int) -> Section:
    """Make a store, import into it, tell what it took."""
    with TemporaryDirectory(prefix="mapapp-bench-") as folder:
        file = Path(folder) / "rows.csv"
        write_rows(file, count)
        _run(folder, "-m", "mapapp", "init")
        begun, busy_s = time.perf_counter(), _busy_s()
        _run(folder, *COMMAND, str(file), *SOURCE, *CONSTANT)
        seconds, busy_s = time.perf_counter() - begun, _busy_s() - busy_s
    # The largest of the children, on Linux in kibibytes: init needs less than the import.
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    return Section(
        f"Import of {count:,} located rows",
        METHOD,
        (
            Figure(f"import of {count:,} rows, preview included", seconds, "s", 60),
            Figure(f"memory of the import of {count:,} rows", megabytes, "MB", 500),
            Figure("processor of the same", busy_s, "s"),
        ),
    )


def _busy_s() -> float:
    """Seconds of processor that the children took: what a busy machine does not change."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(folder: str, *words: str) -> None:
    environment = {"MAPAPP_INSTANCE": folder, "PATH": "", "PYTHONPATH": str(Path.cwd())}
    subprocess.run([sys.executable, *words], check=True, env=environment, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    alone.run(measure, whole=100_000, small=2_000)
