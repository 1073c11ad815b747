"""The addresses of the shipped initiatives: kept from one version of mapapp to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from mapapp.slugs import STANDS, Reason, fates, give_slugs, gone, write_fates
from mapapp.store import initiatives as ini

#: What this store never held left at a day that it cannot know.
_UNDATED = {"gone_on": None}


def keep_addresses(
    session: Session,
    records: Iterable[ini.Initiative],
    replaced: Mapping[str, Sequence[str]],
    former: Mapping[tuple[str, str], str],
) -> None:
    """Give each record its address; what shipped before and no longer does says so at its own.

    ``replaced``: the identifiers that each record replaces, which lead to it even in a store that
    never held them. ``former``: what the same sources told before, name by source and identifier.
    """
    of_source: dict[str, list[ini.Initiative]] = defaultdict(list)
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for record in records:
        of_source[record.source_id].append(record)
    for (source_id, key), name in former.items():
        names[source_id][key] = name
    for source_id in {**of_source, **names}:
        _keep(session, source_id, of_source[source_id], replaced, names[source_id])


def _keep(
    session: Session,
    source_id: str,
    records: Sequence[ini.Initiative],
    replaced: Mapping[str, Sequence[str]],
    former: Mapping[str, str],
) -> None:
    here = {record.key for record in records}
    successor = {old: record.key for record in records for old in replaced[record.key]}
    slugs = give_slugs(session, source_id, {key: key for key in (*here, *successor)})
    for record in records:
        record.slug = slugs[record.key]
        record.parent_slug = slugs.get(record.parent_slug or "", record.parent_slug)
    known = fates(session, source_id, successor)
    left = {
        key: gone(Reason.WITHDRAWN, name=name) for key, name in former.items() if key not in here
    }
    led = {
        old: gone(Reason.REPLACED, key, former.get(old)) | ({} if old in former else _UNDATED)
        for old, key in successor.items()
        if known.get(old, {}).get("successor") != key
    }
    write_fates(session, source_id, dict.fromkeys(here, STANDS) | left | led)
