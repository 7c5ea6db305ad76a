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
        spooled: records in a round of recording into a spool.
        documents: invoices that are issued in one run.
        months: records of the month that all peers hold, of the one that those hold that need no
            server, and of ours at its largest. Each is a multiple of the first, which is one load.
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
    spooled: int
    documents: int
    months: tuple[int, int, int]


SCALES = {
    "tiny": Scale(
        held=2_000,
        loaded=1_000,
        summed=600,
        singles=1,
        priced=100,
        sampled=500,
        rounds=1,
        fast_rounds=1,
        starts=1,
        moved=300,
        spooled=1_000,
        documents=3,
        months=(500, 1_000, 1_500),
    ),
    "small": Scale(
        held=200_000,
        loaded=100_000,
        summed=200_000,
        singles=40,
        priced=5_000,
        sampled=50_000,
        rounds=3,
        fast_rounds=5,
        starts=7,
        moved=100_000,
        spooled=100_000,
        documents=200,
        months=(100_000, 200_000, 200_000),
    ),
    "default": Scale(
        held=5_000_000,
        loaded=2_000_000,
        summed=2_000_000,
        singles=40,
        priced=5_000,
        sampled=50_000,
        rounds=3,
        fast_rounds=5,
        starts=15,
        moved=1_000_000,
        spooled=200_000,
        documents=1_000,
        months=(500_000, 2_000_000, 2_000_000),
    ),
    "full": Scale(
        held=20_000_000,
        loaded=10_000_000,
        summed=5_000_000,
        singles=40,
        priced=5_000,
        sampled=50_000,
        rounds=3,
        fast_rounds=5,
        starts=15,
        moved=1_000_000,
        spooled=200_000,
        documents=1_000,
        months=(10_000_000, 50_000_000, 100_000_000),
    ),
}
