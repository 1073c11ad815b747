"""What to ask a geocoder about an address, and what to ask before believing its answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from geo.acceptance import Accepted
from geo.addresses import Written, question_text
from geo.communes import PARENT_COMMUNE, departement_of
from geo.geocoding import Question
from geo.names import plain
from geo.street_names import street_name

#: Enough to see the streets that resemble one another in a town.
RIVALS = 10


def questions(written: Written) -> Iterator[Question]:
    """What to ask about an address, one after the other until it is accepted."""
    insee_code = written.insee_code if written.insee_code not in PARENT_COMMUNE.values() else ""
    where = {"insee_code": insee_code or None}
    if not insee_code:
        where["postcode"] = written.postcode or None
    number, *others = written.numbers or ("",)
    text = question_text(written, number)
    yield Question(text, **where, limit=1)
    yield Question(text, **where, limit=RIVALS)
    for other in others:
        yield Question(question_text(written, other), **where, limit=RIVALS)
    # Overseas, postcodes and communes are told apart in the BAN otherwise than in files.
    if departement_of(written.postcode)[:2] in ("97", "98"):
        text = question_text(written, number, with_postcode=False)
        yield Question(text, insee_code=insee_code or None, limit=RIVALS)
    elif where.get("postcode"):
        yield Question(text, limit=RIVALS)


def confirmation(written: Written, found: Accepted, question: Question) -> Iterator[Question]:
    """« 3 Carnot » is found in the Villa Carnot: is there no avenue, no impasse of that name?"""
    name = street_name(found.candidate.street or "") if found.candidate else None
    if name and name.kind and not street_name(written.street).kind:
        text = " ".join([*name.words, written.commune])
        yield replace(question, text=plain(text), kind="street", limit=RIVALS)
