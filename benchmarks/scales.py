"""How much is measured: tiny for the tests, small for a change, default and full for the page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes and repetitions.

    Args:
        held: records in the book before a load.
        loaded: records in a load. Its peak memory is held against that of a fifth of it.
        summed: records in each book whose totals are measured.
        singles: single records in a round.
        priced: lines that are priced one by one in Python.
        sampled: records in the demo's month.
        rounds: of loads.
        fast_rounds: of totals and of single records.
        starts: of a program.
        moved: transactions in a full ledger.
        documents: invoices that are issued in one run.
    """

    held: int
    loaded: int
    summed: int
    singles: int
    priced: int
    sampled: int
    rounds: int
    fast_rounds: int
    starts: int
    moved: int
    documents: int


SCALES = {
    "tiny": Scale(2_000, 1_000, 600, 1, 100, 500, 1, 1, 1, 300, 3),
    "small": Scale(200_000, 100_000, 200_000, 40, 5_000, 50_000, 3, 5, 7, 100_000, 200),
    "default": Scale(
        5_000_000, 2_000_000, 2_000_000, 40, 5_000, 50_000, 3, 5, 15, 1_000_000, 1_000
    ),
    "full": Scale(20_000_000, 10_000_000, 5_000_000, 40, 5_000, 50_000, 3, 5, 15, 1_000_000, 1_000),
}
