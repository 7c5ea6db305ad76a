"""The month while it grows: our book and its peers, and how long each load took."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import analytics
from benchmarks.bench import MARKUP, Bench, remove, say, seconds
from benchmarks.child import ROOT, Run, measure
from benchmarks.ingest import first_lines, price_lines
from benchmarks.peers import asking, shelf
from benchmarks.results import Sample
from benchmarks.workload import MONTH, Workload, write_long

LONG_LOAD = 1_000_000
"""A load of more records is measured once."""


@dataclass(frozen=True, slots=True)
class Held:
    """Our book, and peers that load the same files.

    Args:
        bench: where and how much.
        folder: the folder that all peers share.
        peers: the names of those that are part of each load.
        loads: per peer, the seconds of the first load, in rounds, and of each further one.
        runs: our latest run of each command.
    """

    bench: Bench
    folder: Path
    peers: tuple[str, ...]
    loads: dict[str, list[Sample]] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)

    @property
    def few(self) -> int:
        """Records of a load."""
        return self.bench.scale.months[0]

    def load_first(self, servers: tuple[str, ...]) -> Sample:
        """Loads the first file in rounds, each time anew; returns the lines a second of a loop."""
        scale = self.bench.scale
        jsonl, csv = self._write(0, with_csv=bool(servers))
        lines = first_lines(jsonl, scale.priced)
        rounds = 1 if self.few > LONG_LOAD else scale.rounds
        times: dict[str, list[float]] = {}
        loop = []
        price_lines(lines[:10])
        for number in range(rounds):
            say(f"months: {self.few:,} records, round {number + 1} of {rounds}")
            self._make_anew(servers)
            times.setdefault("tokenbook", []).append(self._load_ours(jsonl))
            times.setdefault("bare", []).append(self._load_bare(jsonl))
            for peer in (*self.peers, *servers):
                file = csv if peer in servers else jsonl
                times.setdefault(peer, []).append(asking.load(peer, self.folder, file).seconds)
            loop.append(seconds(lambda: price_lines(lines)))
        self.loads.update({peer: [Sample(tuple(values))] for peer, values in times.items()})
        _discard(jsonl, csv)
        return Sample(tuple(loop)).rate(len(lines))

    def load_more(self, number: int, peers: tuple[str, ...]) -> None:
        """Loads one more file into our book and into peers."""
        say(f"months: {self.few:,} records more, after {self.few * number:,}")
        jsonl, csv = self._write(number, with_csv=False)
        self.loads["tokenbook"].append(Sample((self._load_ours(jsonl),)))
        for peer in peers:
            self.loads[peer].append(Sample((asking.load(peer, self.folder, jsonl).seconds,)))
        _discard(jsonl, csv)

    def close_month(self) -> Run:
        """Moves our month into its files, as one does before its invoices; peers merge likewise."""
        return self.command("close", MONTH, "--json")

    def command(self, *arguments: str) -> Run:
        """A command of ours, from its start to its end."""
        say(f"months: {' '.join(arguments[:2])}")
        program = [sys.executable, "-m", "analytics", *arguments]
        run = measure([*program, "--book", str(self.folder / shelf.BOOK)])
        self.runs[arguments[0]] = run
        return run

    def _make_anew(self, servers: tuple[str, ...]) -> None:
        for name in (shelf.BOOK, "chdb", "native.duckdb"):
            remove(self.folder / name)
        analytics.create(
            self.folder / shelf.BOOK, markup_percent=MARKUP, require_transactions=False
        ).close()
        for peer in (*self.peers, *servers):
            command = [
                sys.executable,
                "-m",
                "benchmarks.peers.worker",
                peer,
                str(self.folder),
                "new",
            ]
            subprocess.run(command, check=True, cwd=ROOT, stdin=subprocess.DEVNULL)

    def _write(self, number: int, *, with_csv: bool) -> tuple[Path, Path]:
        jsonl, csv = self.folder / "load.jsonl", self.folder / "load.csv"
        workload = Workload(self.few, first=self.few * number)
        write_long(workload, [jsonl, csv] if with_csv else [jsonl])
        return jsonl, csv

    def _load_ours(self, file: Path) -> float:
        done = self.command("ingest", str(file), "--json", "--create-accounts")
        result = json.loads(done.output)
        assert (result["appended"], result["unpriced"]) == (self.few, 0), "each row has a price"
        return done.seconds

    def _load_bare(self, file: Path) -> float:
        database = self.folder / "bare.duckdb"
        program = [sys.executable, "-m", "benchmarks.bare_load", str(file), str(database)]
        done = measure(program)
        assert int(done.output) == self.few, "it read each row"
        remove(database)
        return done.seconds


def _discard(*files: Path) -> None:
    for file in files:
        remove(file)
