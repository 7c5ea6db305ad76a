"""Runs a command and measures it from outside: wall time, and the peak of its resident memory.

Linux counts the memory of whoever starts a process to the peak of that process. So `measure` does
not start it: a small interpreter, which runs this file, does. It imports the standard library only.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

_BYTES = 1 if sys.platform == "darwin" else 1024
"""The unit of `ru_maxrss`."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a command took, and what it printed."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str


def measure(command: Sequence[str]) -> Run:
    """Runs a command to its end.

    Raises:
        RuntimeError: it failed; the message is what it wrote to stderr.
    """
    environment = {name: value for name, value in os.environ.items() if name != "TOKENBOOK"}
    starter = [sys.executable, "-I", "-S", str(Path(__file__)), *command]
    ran = subprocess.run(
        starter, capture_output=True, text=True, check=False, env=environment, cwd=ROOT
    )
    if ran.returncode:
        raise RuntimeError(f"{' '.join(command)}: {ran.stderr.strip()}")
    return Run(**json.loads(ran.stdout))


def _start(command: Sequence[str]) -> tuple[dict[str, float | str], int]:
    started = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout, "it is a pipe"
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "seconds": seconds,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_bytes": used.ru_maxrss * _BYTES,
        "output": output.decode(errors="replace"),
    }, process.returncode


if __name__ == "__main__":
    _facts, _code = _start(sys.argv[1:])
    print(json.dumps(_facts))
    sys.exit(_code)
