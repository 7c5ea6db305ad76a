"""The file that a writer appends to, from its making to its completion."""

import contextlib
import errno
import os
import secrets
from pathlib import Path

from analytics.spool import folder
from analytics.spool.folder import ACTIVE, COMPLETE
from analytics.spool.steps import OnStep, Step

_sync = getattr(os, "fdatasync", os.fsync)


class Segment:
    """One locked file of a spool, which only this process appends to.

    Args:
        spool: the folder.
        stem: what the name begins with; a random part makes it unique.
        is_durable: whether names and lines are forced to the disk.
        on_step: is told each step.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, spool: Path, stem: str, *, is_durable: bool, on_step: OnStep) -> None:
        self._is_durable = is_durable
        self._on_step = on_step
        self._descriptor = -1
        self.size_bytes = 0
        self.is_usable = True
        while self._descriptor < 0:
            self._path = spool / f"{stem}-{secrets.token_hex(8)}{ACTIVE}"
            self._descriptor = self._make()
        if is_durable:
            folder.sync_folder(spool)
        on_step(Step.PLACED)

    def _make(self) -> int:
        """The new file, locked; -1 where a drainer took it for an orphan before it was."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o660)
        self._on_step(Step.CREATED)
        try:
            if folder.lock(descriptor) and folder.is_at(descriptor, self._path):
                self._on_step(Step.LOCKED)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return -1

    def append(self, data: bytes) -> None:
        """Appends whole lines. When this returns they are acknowledged; else none of them is there.

        Raises:
            OSError: they could not be written, or the file is no longer where it was.
        """
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            self._on_step(Step.WRITTEN)
            self._settle()
        except BaseException:
            self._take_back()
            raise
        self.size_bytes += len(data)
        self._on_step(Step.SYNCED)

    def complete(self) -> None:
        """Gives the file the name of a complete one, and its lock back.

        Raises:
            OSError: it cannot be renamed. It stays as it is, and can be appended to.
        """
        spool = self._path.parent
        self._path.rename(f"{str(self._path).removesuffix(ACTIVE)}{COMPLETE}")
        self._on_step(Step.COMPLETED)
        self.release()
        if self._is_durable:
            folder.sync_folder(spool)
        self._on_step(Step.RELEASED)

    def discard(self) -> None:
        """Removes the file, which has no line.

        Raises:
            OSError: it cannot be removed. It stays as it is, and can be appended to.
        """
        if folder.is_at(self._descriptor, self._path):
            self._path.unlink()
        self.release()

    def release(self) -> None:
        """Closes the file, and no more: it is the parent's (in a fork), or the drainer's."""
        self.is_usable = False
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _settle(self) -> None:
        if self._is_durable:
            try:
                _sync(self._descriptor)
            except OSError:
                # Which of the lines are on the disk nobody knows now, and asking again would
                # answer "all": the file is given up. Lines that are written again have their ids.
                self.is_usable = False
                raise
        if not folder.is_at(self._descriptor, self._path):
            self.is_usable = False
            raise FileNotFoundError(errno.ENOENT, "its folder or file was moved or removed")

    def _take_back(self) -> None:
        """Cuts off what was not acknowledged; a file without any line goes."""
        try:
            os.ftruncate(self._descriptor, self.size_bytes)
        except OSError:
            self.is_usable = False  # a torn line may be at its end: nothing must follow it
        if not self.is_usable and not self.size_bytes:
            with contextlib.suppress(OSError):
                self.discard()
