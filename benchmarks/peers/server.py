"""A private PostgreSQL server: made anew, on a socket of its own, deleted at the end.

Settings, as its documentation advises for a machine of its own ("Resource Consumption",
"Populating a Database", "Write Ahead Log"): a quarter of the memory as `shared_buffers`, three
quarters as `effective_cache_size`, more memory for sorts and for indexes, a WAL that is large
enough not to force checkpoints while rows are loaded, costs of a solid-state disk, and two
processes a query. Every commit is on the disk before it is answered (`fsync`,
`synchronous_commit`).
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

from benchmarks.peers.shelf import SOCKET, USER

if TYPE_CHECKING:
    from pwd import struct_passwd

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian puts each version's programs, outside PATH."""

OWNERS = ("postgres", "nobody")
"""Who runs the server if we are root, which it refuses."""

START_SECONDS = 60


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`, the newest if there are several; None without them."""
    if found := shutil.which("postgres"):
        return Path(found).parent
    versions = sorted(DEBIAN.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


def missing() -> str | None:
    """What keeps PostgreSQL out of the run, if anything does."""
    if programs() is None:
        return "peer not installed: PostgreSQL (its server, from your system's packages)"
    if find_spec("psycopg") is None:
        return "peer not installed: psycopg (pip install 'tokenbook[bench]')"
    return None


def settings() -> dict[str, str]:
    """Name and value of each setting that is not the server's default."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1_000_000
    return {
        "shared_buffers": f"{memory // 4}MB",
        "effective_cache_size": f"{memory * 3 // 4}MB",
        "work_mem": "256MB",
        "maintenance_work_mem": "1GB",
        "wal_buffers": "16MB",
        "max_wal_size": "16GB",
        "checkpoint_timeout": "30min",
        "random_page_cost": "1.1",
        "effective_io_concurrency": "200",
        "max_worker_processes": "8",
        "max_parallel_workers_per_gather": "1",
        "max_parallel_workers": "2",
        "synchronous_commit": "on",
        "fsync": "on",
    }


@contextlib.contextmanager
def running(home: Path, folder: Path) -> Iterator[None]:
    """Runs a server with an empty database; its socket is named by a file in the folder.

    Args:
        home: where its data go.
        folder: what all peers share.

    Raises:
        RuntimeError: it did not start; the message is its log.
    """
    where = programs()
    assert where, "`missing` was asked first"
    owner = _owner()
    with _owned_folder(home, owner) as own, _owned_folder(None, owner) as sockets:
        data, log = own / "data", own / "log"
        with log.open("wb") as out:
            made: list[Path | str] = [
                where / "initdb",
                "-D",
                data,
                "-U",
                USER,
                "-A",
                "trust",
                "-E",
                "UTF8",
            ]
            with _start([*made, "--locale=C"], out, owner) as process:
                process.wait()
            command: list[Path | str] = [where / "postgres", "-D", data, "-k", sockets, "-h", ""]
            values = [("-c", f"{name}={value}") for name, value in settings().items()]
            with _start([*command, *chain.from_iterable(values)], out, owner) as process:
                try:
                    _wait(process, sockets, log)
                    (folder / SOCKET).write_text(str(sockets), encoding="utf-8")
                    yield
                finally:
                    process.send_signal(signal.SIGINT)  # clients are not waited for
                    process.wait()


def _start(
    command: Sequence[Path | str], out: IO[bytes], owner: "struct_passwd | None"
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=out,
        cwd="/",
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
    )


def _wait(process: subprocess.Popen[bytes], sockets: Path, log: Path) -> None:
    """Until the server takes connections."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if any(sockets.glob(".s.PGSQL.*")) and b"ready to accept" in log.read_bytes():
            return
        time.sleep(0.05)
    raise RuntimeError(log.read_text(encoding="utf-8", errors="replace"))


def _owner() -> "struct_passwd | None":
    """Who runs the server; None if that is whoever runs this."""
    if os.geteuid():
        return None
    import pwd  # where the system has none, nobody is root

    known = {each.pw_name: each for each in pwd.getpwall()}
    return next(known[name] for name in OWNERS if name in known)


@contextlib.contextmanager
def _owned_folder(within: Path | None, owner: "struct_passwd | None") -> Iterator[Path]:
    """A new folder of the owner's; in the system's temporary one if the owner cannot get there.

    The path of a socket may have about a hundred bytes, so its folder is always made there.
    """
    if within and owner:
        within.chmod(0o711)  # others may pass through
        if not all(parent.stat().st_mode & 0o001 for parent in within.parents):
            within = None
    made = Path(tempfile.mkdtemp(prefix="tokenbook-bench-", dir=within))
    try:
        if owner:
            os.chown(made, owner.pw_uid, owner.pw_gid)
        yield made
    finally:
        shutil.rmtree(made)
