"""A synthetic month of usage as files: the same rows for the same seed, as many as asked for.

The shape of the token counts is that of two services in Azure (Azure Public Dataset,
AzureLLMInferenceTrace of 2023-11-16, CC-BY; Patel et al., "Splitwise", ISCA 2024):

    trace          requests    tokens      ln: mean  deviation    median    mean    largest
    conversation     19,366    context        6.63       0.99      1,020   1,155     14,050
                               generated      5.02       0.86        129     211      1,000
    code              8,819    context        7.00       1.36      1,469   2,048      7,437
                               generated      2.79       0.85         13      28      1,899

In neither do the two counts depend on each other (correlation of the logarithms 0.09 and 0.00).
31 % of the rows are code, as of the requests. Each row has what the native format must have (an
account or the context system, a time, a model), and what real logs have besides: an id, the
provider, cached tokens and, in three rows of ten, tags. The usage type is left out: all is text.
"""

import csv
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analytics.sql import resource
from analytics.sql.expansion import rendered

HERE = Path(__file__).parent
MONTH = "2026-10"
DAYS = 31

_LARGEST = 2_000_000
"""Rows that are made at once, in memory."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Which rows to make.

    Args:
        records: how many.
        accounts: how many accounts share them.
        is_even: all accounts are equally busy; otherwise the business falls like 1/rank.
        seed: other rows, and other models for each account.
        first: the number of the first row. Rows of other numbers are other rows, with other ids.
    """

    records: int
    accounts: int = 10_000
    is_even: bool = False
    seed: int = 7
    first: int = 0

    def parts(self) -> list["Workload"]:
        """The same number of rows in workloads that fit into memory, each of the whole month."""
        starts = range(0, self.records, _LARGEST)
        return [
            Workload(
                records=min(_LARGEST, self.records - start),
                accounts=self.accounts,
                is_even=self.is_even,
                seed=self.seed,
                first=self.first + start,
            )
            for start in starts
        ]


def query(name: str) -> str:
    """The text of ``benchmarks/queries/<name>.sql``, with the macros of the program."""
    text = (HERE / "queries" / f"{name}.sql").read_text(encoding="utf-8")
    return rendered(resource("queries"), text)


def models() -> list[tuple[str, str]]:
    """Sixty models with their providers, popular ones first; the built-in prices know each."""
    with (HERE / "models.csv").open(encoding="utf-8", newline="") as file:
        return [(row["provider"], row["model"]) for row in csv.DictReader(file)]


def write(workload: Workload, paths: Sequence[Path]) -> None:
    """Writes the same rows to each file, in the format that its ending names.

    They must fit into memory: see `Workload.parts`.
    """
    known = models()
    with duckdb.connect() as connection:
        connection.execute(query("draw"))
        connection.execute(
            query("workload"),
            {
                "first_day": f"{MONTH}-01",
                "days": DAYS,
                "records": workload.records,
                "accounts": workload.accounts,
                "is_even": workload.is_even,
                "seed": workload.seed,
                "id_offset": workload.first,
                "providers": [provider for provider, _ in known],
                "models": [model for _, model in known],
            },
        )
        for path in paths:
            connection.execute(query(f"copy_{path.suffix[1:]}"), {"path": str(path)})


def write_parts(workload: Workload, folder: Path) -> list[Path]:
    """Writes any number of rows to Parquet files in a new folder."""
    folder.mkdir(parents=True)
    paths = []
    for number, part in enumerate(workload.parts()):
        paths.append(folder / f"{number:03}.parquet")
        write(part, paths[-1:])
    return paths


def write_long(workload: Workload, paths: Sequence[Path]) -> None:
    """Writes any number of rows to JSON lines and CSV files, a part at a time."""
    for number, part in enumerate(workload.parts()):
        pieces = [path.with_name(f"part.{path.name}") for path in paths]
        write(part, pieces)
        for piece, path in zip(pieces, paths, strict=True):
            with piece.open("rb") as source, path.open("ab" if number else "wb") as target:
                if number and path.suffix == ".csv":
                    source.readline()  # the header is there already
                shutil.copyfileobj(source, target, 1 << 20)
            piece.unlink()
