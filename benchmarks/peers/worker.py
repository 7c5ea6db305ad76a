"""A peer in a process of its own, which loads a file or answers questions, and measures itself.

python -m benchmarks.peers.worker PEER FOLDER [new | FILE]

With ``new`` it makes what the peer needs, with a file it loads that, and ends. Without either it
reads questions as lines of JSON from stdin and writes one line for each: how many seconds it took,
until the whole answer was in this process. What turns it into rows of Python is not counted, and
only done if the answer is to be kept.
"""

import importlib
import json
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from benchmarks.peers import answers

PEERS = {
    "tokenbook": "benchmarks.peers.ours:Tokenbook",
    "records": "benchmarks.peers.ours:Records",
    "chdb": "benchmarks.peers.clickhouse:Clickhouse",
    "duckdb": "benchmarks.peers.duckdb_alone:DuckDBAlone",
    "polars": "benchmarks.peers.polars_scan:PolarsScan",
    "postgresql": "benchmarks.peers.postgresql:PostgreSQL",
}
"""Imported only in the process that needs it."""

NEW = "new"


class Peer(Protocol):
    """One way to hold the month, opened in a folder that all peers share."""

    def prepare(self) -> None:
        """Makes the tables, and what else a load needs."""
        ...

    def load(self, file: Path) -> None:
        """Prices and appends the rows of a file, durably."""
        ...

    def ask(self, question: str, variant: str, account: str) -> Any:
        """The answer to one of `answers.QUESTIONS`, in whatever form the program hands it out."""
        ...

    def rows(self, question: str, answer: Any) -> Iterable[Sequence[Any]]:
        """That answer as rows."""
        ...

    def size(self) -> int:
        """The bytes of what it holds, when its work in the background is done."""
        ...

    def close(self) -> None:
        """Gives everything back."""
        ...


def make(name: str, folder: Path) -> Peer:
    """Opens a peer."""
    module, _, kind = PEERS[name].partition(":")
    peer: Peer = getattr(importlib.import_module(module), kind)(folder)
    return peer


def answer(peer: Peer, request: dict[str, Any]) -> dict[str, Any]:
    """One question and how long it took, or how large the peer is."""
    if request["question"] == "size":
        return {"size": peer.size()}
    started = time.perf_counter()
    found = peer.ask(request["question"], request["variant"], request["account"])
    seconds = time.perf_counter() - started
    if request["keep"]:
        answers.write(peer.rows(request["question"], found), Path(request["keep"]))
    return {"seconds": seconds}


def main() -> None:
    """Loads the file, or answers until there are no more questions."""
    name, folder, *files = sys.argv[1:]
    peer = make(name, Path(folder))
    try:
        for file in files:
            if file == NEW:
                peer.prepare()
            else:
                peer.load(Path(file))
        for line in () if files else sys.stdin:
            print(json.dumps(answer(peer, json.loads(line))), flush=True)
    finally:
        peer.close()


if __name__ == "__main__":
    main()
