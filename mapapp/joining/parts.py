"""The parts of a long join, kept in a hidden folder beside the file that they will become.

A part is there whole or not at all, its counts beside it. A command that was killed at any moment
finds those that were done, and goes on; other input, options or contours begin another folder.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from mapapp.joining.summary import Fault, Summary
from mapapp.store.drafts import clear_drafts, drafted

#: Written first, so that a folder of this name is known to be ours.
_PREFIX = ".mapapp-join"


class Parts:
    """The parts of one join: of such a target, input and options (``marks``, in their order).

    ``suffix`` ends their names.
    """

    def __init__(self, target: Path, marks: Iterable[str], suffix: str) -> None:
        self._target, self._suffix = target, suffix
        digest = hashlib.sha256("\0".join(marks).encode()).hexdigest()[:24]
        self.folder = target.with_name(f"{_PREFIX}-{target.name}-{digest}")

    def open(self) -> str:
        """Make the folder ready; what there is to tell about it, in French, or nothing."""
        former = f"{_PREFIX}-{self._target.name}-"
        others = [
            path
            for path in self._target.parent.glob(f"{_PREFIX}-*")
            if path.name[: len(former)] == former and path != self.folder
        ]
        for other in others:
            shutil.rmtree(other, ignore_errors=True)
        self.folder.mkdir(exist_ok=True)
        clear_drafts(self.folder)
        done = len(list(self.folder.glob("*.json")))
        if done:
            return "Reprise : " + ("une partie faite." if done == 1 else f"{done} parties faites.")
        if others:
            return (
                "Un travail commencé avec un autre fichier, d’autres options ou d’autres contours "
                "est abandonné : tout est repris du début."
            )
        return ""

    def path(self, number: int) -> Path:
        """Where a part lies when it is done."""
        return self.folder / f"part-{number:06d}{self._suffix}"

    def done(self, number: int) -> Summary | None:
        """The counts of a part that is done, else None."""
        try:
            told = json.loads(self._counts(number).read_text(encoding="utf-8"))
        except OSError:
            return None
        return Summary(
            rows=told["rows"],
            understood=Counter(told["understood"]),
            statuses={int(of): Counter(counts) for of, counts in told["statuses"].items()},
            faults=[Fault(**fault) for fault in told["faults"]],
        )

    def keep(self, number: int, write: Callable[[Path], Summary]) -> Summary:
        """Let ``write`` make a part, and keep it; its counts, written last, say that it is done."""
        with drafted(self.path(number)) as draft:
            summary = write(draft)
        with drafted(self._counts(number)) as draft:
            told = {
                "rows": summary.rows,
                "understood": summary.understood,
                "statuses": summary.statuses,
                "faults": [asdict(fault) for fault in summary.faults],
            }
            draft.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        return summary

    def become(self, folder: Path) -> None:
        """Let the parts be an empty folder, all at once."""
        for counts in self.folder.glob("*.json"):
            counts.unlink()
        self.folder.replace(folder)

    def close(self, finished: bool) -> None:
        """Remove the folder once the target is there, or while nothing is worth keeping."""
        if finished or not any(self.folder.glob("*.json")):
            shutil.rmtree(self.folder, ignore_errors=True)

    def _counts(self, number: int) -> Path:
        return self.folder / f"part-{number:06d}.json"


def mark_of(source: Path) -> str:
    """What tells a file from what it was before: its place, its size, and when it was written."""
    told = source.stat()
    return f"{source.resolve()} {told.st_size} {told.st_mtime_ns}"
