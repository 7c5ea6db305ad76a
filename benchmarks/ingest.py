"""Loads into a book that is already full, against DuckDB alone and against a loop over prices."""

import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from benchmarks.bench import Bench, remove, say, seconds
from benchmarks.child import Run, measure
from benchmarks.results import Goal, Result, Sample
from benchmarks.workload import Workload, write

FORMATS = ("jsonl", "csv", "parquet")
SHORT = "short"
"""A file of JSON lines with a fifth of the rows."""

AGAINST_DUCKDB = Goal(3, at_most=True)
AGAINST_LOOP = Goal(30, at_most=False)
AGAINST_JSONL = Goal(1, at_most=True)
PEAK = Goal(1.5, at_most=True, unit="GB")
PEAK_GROWTH = Goal(1.1, at_most=True)


def run(bench: Bench) -> list[Result]:
    """Measures loads of the same rows in each format, in rounds."""
    files = write_files(bench)
    lines = first_lines(files["jsonl"], bench.scale.priced)
    ours: dict[str, list[Run]] = {name: [] for name in files}
    bare: list[float] = []
    loop: list[float] = []
    price_lines(lines[:10])  # imports, and reads the price list
    for number in range(bench.scale.rounds):
        say(f"ingest: round {number + 1} of {bench.scale.rounds}")
        bare.append(load_bare(bench, files["jsonl"]))
        for name, file in files.items():
            ours[name].append(load(bench, file, records(bench)[name]))
        loop.append(seconds(lambda: price_lines(lines)))
    for file in files.values():
        remove(file)
    rate = Sample(tuple(loop)).rate(len(lines))
    return [
        *_times(bench, ours, Sample(tuple(bare)), rate),
        *_peaks(bench, {name: [run.peak_bytes for run in runs] for name, runs in ours.items()}),
    ]


def records(bench: Bench) -> dict[str, int]:
    """How many rows each file has."""
    return {**dict.fromkeys(FORMATS, bench.scale.loaded), SHORT: bench.scale.loaded // 5}


def write_files(bench: Bench) -> dict[str, Path]:
    """The rows to load: after those in the book, of the same accounts and the same month."""
    files = {name: bench.folder / f"load.{name}" for name in FORMATS}
    rows = Workload(bench.scale.loaded, first=bench.scale.held)
    say(f"files of {rows.records:,} records")
    write(rows, list(files.values()))
    files[SHORT] = bench.folder / "short.jsonl"
    write(Workload(records(bench)[SHORT], first=rows.first + rows.records), [files[SHORT]])
    return files


def load(bench: Bench, file: Path, rows: int) -> Run:
    """Loads a file on the command line into a fresh copy of the full book."""
    book = bench.copy_of_full_book()
    program = [sys.executable, "-m", "analytics", "ingest", str(file), "--book", str(book)]
    os.sync()  # the copy must not be paid for by the load
    done = measure([*program, "--create-accounts", "--json"])
    result = json.loads(done.output)
    assert (result["appended"], result["unpriced"]) == (rows, 0), "each row is new and has a price"
    remove(book)
    return done


def load_bare(bench: Bench, file: Path) -> float:
    """The seconds that DuckDB alone takes from start to end, durably."""
    database = bench.folder / "bare.duckdb"
    program = [sys.executable, "-m", "benchmarks.bare_load", str(file), str(database)]
    os.sync()
    done = measure(program)
    assert int(done.output) == bench.scale.loaded, "it read each row"
    remove(database)
    return done.seconds


def first_lines(file: Path, count: int) -> list[str]:
    """The first lines of a file."""
    with file.open(encoding="utf-8") as stream:
        return list(islice(stream, count))


def price_lines(lines: Sequence[str]) -> None:
    """Prices one line after the other with genai-prices, as a script would."""
    from genai_prices import Usage, calc_price

    for line in lines:
        row = json.loads(line)
        calc_price(
            Usage(
                input_tokens=row["input_tokens"],
                cache_read_tokens=row["cache_read_tokens"],
                output_tokens=row["output_tokens"],
            ),
            row["model"],
            provider_id=row["provider"],
            genai_request_timestamp=datetime.fromisoformat(row["occurred_at"]),
        )


def _times(bench: Bench, ours: dict[str, list[Run]], bare: Sample, loop: Sample) -> list[Result]:
    took = {name: Sample(tuple(run.seconds for run in runs)) for name, runs in ours.items()}
    jsonl = took["jsonl"]
    rows = f"{bench.scale.loaded:,} records"
    what = f"{rows} of JSONL into a book of {bench.scale.held:,}"
    rate = jsonl.rate(bench.scale.loaded)
    peer = "DuckDB alone, read_json to a table"
    ratio = jsonl.median / bare.median
    found = [
        Result("ingest", what, peer, bare, jsonl, ratio, AGAINST_DUCKDB),
        Result(
            "ingest",
            "the same, as a rate",
            "Python loop over calc_price",
            loop,
            rate,
            rate.median / loop.median,
            AGAINST_LOOP,
        ),
    ]
    for name in ("csv", "parquet"):
        ratio = took[name].median / jsonl.median
        what = f"the same {rows} as {'CSV' if name == 'csv' else 'Parquet'}"
        found.append(Result("ingest", what, "ours, JSONL", jsonl, took[name], ratio, AGAINST_JSONL))
    return found


def _peaks(bench: Bench, peaks: dict[str, list[int]]) -> list[Result]:
    samples = {name: Sample(tuple(values), "bytes") for name, values in peaks.items()}
    short, long = samples[SHORT], samples["jsonl"]
    found = [
        Result(
            "ingest",
            f"peak memory, {name.upper()}",
            "a limit",
            None,
            samples[name],
            max(samples[name].values) / 1e9,
            PEAK,
        )
        for name in FORMATS
    ]
    growth = Result(
        "ingest",
        "peak memory, JSONL",
        f"ours, a fifth of the rows ({records(bench)[SHORT]:,})",
        short,
        long,
        long.median / short.median,
        PEAK_GROWTH,
    )
    return [*found, growth]
