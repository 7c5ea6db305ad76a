"""Files that are complete or not there at all, and folders that end with their process."""

import atexit
import contextlib
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from analytics.errors import StorageFailed

if sys.platform != "win32":
    import fcntl


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` when the block ends well.

    Raises:
        StorageFailed: the folder cannot be written.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    except OSError as error:
        raise StorageFailed(problem=f"{path} cannot be written ({error.strerror})") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Makes a file's content durable, or the names in a folder."""
    if os.name == "nt" and path.is_dir():
        return  # it knows no such thing
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def temporary_folder(name: str) -> Path:
    """A new private folder, `<name>-...`, which is removed when the process ends.

    A process that is killed leaves its folder behind: the next one that asks for the same name
    removes it. It can tell by a lock on the folder, which the system ends with its process.
    """
    if sys.platform != "win32":
        for left in Path(tempfile.gettempdir()).glob(f"{name}-*"):
            _remove_if_left(left)
    hidden = Path(tempfile.mkdtemp(prefix=f".{name}-"))
    if sys.platform != "win32":
        # Kept open for good. The name that others look for comes after the lock.
        fcntl.flock(os.open(hidden, os.O_RDONLY | os.O_CLOEXEC), fcntl.LOCK_EX)
    folder = hidden.rename(hidden.with_name(hidden.name.removeprefix(".")))
    atexit.register(_remove_own, folder, os.getpid())
    return folder


if sys.platform != "win32":

    def _remove_if_left(folder: Path) -> None:
        """Removes a folder of this user whose process is gone."""
        with contextlib.suppress(OSError):
            how = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY
            descriptor = os.open(folder, how)
            try:
                if os.fstat(descriptor).st_uid == os.getuid():
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)


def _remove_own(folder: Path, process: int) -> None:
    """Removes it, unless this is a child that the owner made by a fork."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
