"""Answers of different programs in one form, and whether they are the same.

Whole numbers, decimals, times and texts become text without needless zeros and must be equal to
the last digit. A binary floating-point number stays one: it must be equal to nine digits.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

Cell = str | float | None

SUMMARIES = ("by_model", "by_context", "by_day")
QUESTIONS = (*SUMMARIES, "invoices", "page", "reprice")
"""What is asked: `benchmarks/queries/duckdb/` has the columns of each answer."""

DIGITS = 1e-9


def write(rows: Iterable[Sequence[Any]], path: Path) -> None:
    """Keeps an answer."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps([cell(value) for value in row]) + "\n")


def read(path: Path) -> list[tuple[Cell, ...]]:
    """An answer that was kept."""
    return [tuple(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def cell(value: object) -> Cell:
    """A value, however a program spells it."""
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def difference(ours: list[tuple[Cell, ...]], theirs: list[tuple[Cell, ...]]) -> str | None:
    """The first rows that only one of the two has; None if the answers are the same."""
    floats = {at for row in theirs for at, value in enumerate(row) if isinstance(value, float)}
    if not floats:
        left, right = Counter(ours), Counter(theirs)
        return None if left == right else _unlike(list(left - right), list(right - left))

    def key(row: tuple[Cell, ...]) -> list[str]:
        return [str(value) for at, value in enumerate(row) if at not in floats]

    pairs = list(zip(sorted(ours, key=key), sorted(theirs, key=key), strict=False))
    unlike = [pair for pair in pairs if not _is_near(*pair)]
    if len(ours) == len(theirs) and not unlike:
        return None
    return _unlike([pair[0] for pair in unlike], [pair[1] for pair in unlike])


def _is_near(mine: tuple[Cell, ...], other: tuple[Cell, ...]) -> bool:
    return all(
        math.isclose(float(left or 0), right, rel_tol=DIGITS, abs_tol=1e-15)
        if isinstance(right, float)
        else left == right
        for left, right in zip(mine, other, strict=True)
    )


def _unlike(mine: list[tuple[Cell, ...]], other: list[tuple[Cell, ...]]) -> str:
    return f"ours {mine[:1]}, theirs {other[:1]}; {len(mine)} and {len(other)} rows differ"
