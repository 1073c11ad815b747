"""Whether bytes go on as fast as they must, window after window."""

from __future__ import annotations


class Pace:
    """The bytes done when a window of time began; instants are those of ``monotonic()``."""

    def __init__(self, now: float, done_bytes: int = 0) -> None:
        self._begun = now
        self._done_bytes = done_bytes

    def is_due(self, now: float, window_s: float) -> bool:
        """Whether a window has ended."""
        return now >= self._begun + window_s

    def is_kept(self, now: float, done_bytes: int, bytes_per_s: float) -> bool:
        """Whether enough was done in the window that ends now; another one begins."""
        expected = bytes_per_s * (now - self._begun)
        is_kept = done_bytes - self._done_bytes >= expected
        self._begun, self._done_bytes = now, done_bytes
        return is_kept
