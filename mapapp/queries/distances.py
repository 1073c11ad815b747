"""How far an example may be to count as near a QPV: by steps, so that answers can be kept."""

from __future__ import annotations

#: An example farther than this helps nobody of the QPV to see it at work.
LARGEST_DISTANCE_M = 50_000.0

#: The distances that are reckoned with, in metres: any other is rounded to the nearest of these, so
#: that the same answer serves all who ask about the same. Next door in hundreds of metres, on foot
#: in halves of a kilometre, then as people say how far they would drive.
DISTANCE_STEPS_M = (
    *(float(step) for step in range(100, 500, 100)),
    *(float(step) for step in range(500, 5_000, 500)),
    *(float(step) for step in range(5_000, 10_000, 1_000)),
    *(float(step) for step in range(10_000, 50_000, 5_000)),
    LARGEST_DISTANCE_M,
)


def nearest_step(distance_m: float) -> float:
    """The nearest of the distances that are reckoned with, the larger of two as near (metres)."""
    return min(DISTANCE_STEPS_M, key=lambda step: (abs(step - distance_m), -step))
