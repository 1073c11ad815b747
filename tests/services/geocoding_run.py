"""One geocoding run in a process of its own: SERVER DATABASE_URL ADDRESSES COUNT.

Prints how many addresses were accepted and how many questions the server was asked.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ban import read_addresses
from geocoding import sample
from handwriting import written_by

from geo.acceptance import Accepted
from geo.candidates import Answer
from geo.finding import AddressFinder
from geo.geocoding import PoliteGeocoder, Question
from geo.pacing import Pace
from mapapp.outgoing.geocoder import geocoder_at
from mapapp.store.engine import open_engine
from mapapp.store.geocoding import StoredAnswers


class Counting(PoliteGeocoder):
    """Counts the questions that reach the server."""

    asked = 0

    def ask(self, question: Question) -> Answer:
        """One question."""
        self.asked += 1
        return super().ask(question)

    def ask_many(self, questions: Sequence[Question]) -> list[Answer]:
        """A file of questions."""
        self.asked += len(questions)
        return super().ask_many(questions)


def main(server: str, url: str, path: str, count: str) -> None:
    """Find a sample of the addresses, and count what was asked."""
    written = [written_by(a, noisy=True) for a in sample(read_addresses(Path(path)), int(count))]
    geocoder = Counting(geocoder_at(server), provider="addok", pace=Pace(10_000))
    finder = AddressFinder(geocoder, StoredAnswers(open_engine(url)))
    accepted = sum(isinstance(outcome, Accepted) for outcome in finder.find_many(written))
    print(accepted, geocoder.asked)


if __name__ == "__main__":
    main(*sys.argv[1:])
