"""What one process gives to those who connect: how many, how long, how much memory."""

from __future__ import annotations

from dataclasses import dataclass

from mapapp.web.uploads import LARGEST_BODY


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one process. Durations are measured on the whole, not since the last byte.

    ``per_address`` is None behind a proxy of ours, from whose one address all visitors come.
    """

    #: A connection costs some 10 kB here and one file descriptor. More than the browsers of the
    #: 200 visitors of the bench open, by process.
    connections: int = 1_000
    #: An office behind one address: eighty browsers with six connections each.
    per_address: int | None = 500

    #: Browsers open connections in advance and use them, or not, within seconds.
    silent_s: float = 20.0
    #: A request line and its headers fit in two packets.
    header_s: float = 10.0
    #: Longer than a reader's pause between two pages; the first to be closed when places lack.
    idle_s: float = 75.0
    #: A body and an answer must advance at these rates over each so many seconds, whatever they did
    #: before: a mobile line fades and comes back.
    window_s: float = 10.0
    #: 160 kbit/s: less than the slowest line that is sold still brings a file of 5 MB in.
    receiving_bytes_per_s: float = 20_000.0
    #: 32 kbit/s: a map is read on a train.
    sending_bytes_per_s: float = 4_000.0

    #: Gunicorn's and nginx's order of magnitude: an address bar, cookies and a proxy's additions.
    header_bytes: int = 32_768
    header_lines: int = 100
    body_bytes: int = LARGEST_BODY
    #: A browser listens only after it has sent its whole file: what is refused is read and thrown
    #: away for so long, so that the sentence which refuses it is seen.
    drained_bytes: int = 10 * LARGEST_BODY
    drained_s: float = 10.0

    #: Bodies held at once, in memory alone: four of the largest.
    bodies_bytes: int = 4 * LARGEST_BODY
    #: Beyond, an answer goes to a file: an export of a whole country, never a visitor's own rows.
    answer_in_memory_bytes: int = 16_000_000
    #: Answers made and not yet read: in memory, and with those in files.
    unread_in_memory_bytes: int = 32_000_000
    unread_bytes: int = 256_000_000

    #: Threads that work. They never wait for a client, and the interpreter runs one at a time: more
    #: would only wait together for a geocoder or the store, and keep the loop from its turn.
    threads: int = 4
    #: Requests that wait for a thread. At 15 ms each on one core, the last waits some four seconds:
    #: two hundred visitors who come together ask for as much, and would rather wait.
    waiting: int = 256
