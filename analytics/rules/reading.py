"""What one usage block says of one record, and how a block that cannot be read is refused."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

TOTAL_MISMATCH = "total_mismatch"
"""The total in the object that holds the counts contradicts them; nothing stated explains it."""

USAGE_UNKNOWN = "usage_unknown"
"""The call began, and its usage never came."""


class Doubt(NamedTuple):
    """Why a reading is kept without a price: its kind, and the difference (1 where there is none).

    `TOTAL_MISMATCH` or `USAGE_UNKNOWN`.
    """

    kind: str
    difference: int


@dataclass(slots=True)
class Reading:
    """One record, as an answer says it. Only what is not zero is among the counts."""

    model: str | None = None
    provider: str | None = None
    """Who sold it, where the answer tells; else None."""
    usage_type: str | None = None
    """text where None; audio_stt, audio_tts, embedding, image, rerank, document or video."""
    variant: dict[str, str] = field(default_factory=dict)
    tags: dict[str, Any] = field(default_factory=dict)
    meters: dict[str, int] = field(default_factory=dict)
    """Native meters; totals include their parts."""
    other_meters: dict[str, int] = field(default_factory=dict)
    """Counts that nothing knows, by their path in the block: they make the record unpriced."""
    id: str | None = None
    stated_total: int | None = None
    cost_usd: Decimal | None = None
    """What the answer itself says that it cost."""
    doubt: Doubt | None = None
    part: str | None = None
    """What a further record is (``advisor_message``); None for the call itself."""


def part_id(own: str, part: str | None, number: int) -> str:
    """The id of a further record of an answer: the same at every door, so that it comes once.

    Args:
        own: the id of the answer's first record.
        part: what the further one is.
        number: which of the answer's records, from 1.
    """
    return f"{own}/{part}-{number}"


class UnreadableUsage(Exception):  # noqa: N818 - it is the base of three verdicts
    """A usage block that cannot be taken: `code` is that of a rejection, `problem` a sentence."""

    code = "bad_usage"

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class MissingUsage(UnreadableUsage):
    """Nothing in it says what was used."""

    code = "missing_usage"


class BadUsage(UnreadableUsage):
    """A part of it is of another type than it must be."""

    code = "bad_usage"


class BadCount(UnreadableUsage):
    """A count is no whole number of 0 or more with at most 15 digits."""

    code = "bad_count"

    def __init__(self, name: str, value: object, meter: str | None = None) -> None:
        super().__init__(f"the response's {name} is no count: {value!r}")
        self.name = name
        self.value = value
        self.meter = meter
        """The native meter that it would have been."""


class SkippedUsage(UnreadableUsage):
    """No model call that anybody bills: `problem` is the reason."""

    code = "skipped"
