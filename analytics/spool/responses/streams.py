"""Streams and blocks that are recorded when they end, however they end."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from analytics.errors import TokenbookError
from analytics.rules.reading import USAGE_UNKNOWN


class RecordedStream:
    """Passes a provider's chunks on and records the call at the end of the stream.

    For `for` and `async for`; also a context manager. Everything else is the stream's own. A stream
    that is left early is recorded when it is closed or forgotten, with the tag
    ``stream=cancelled``; one that fails, with the tag ``error``.
    """

    def __init__(
        self,
        stream: Any,
        gather: Callable[[object, dict[str, Any]], None],
        finish: Callable[[dict[str, Any], dict[str, str]], str],
    ) -> None:
        self.record_id: str | None = None
        """The record's id, once the stream has ended."""
        self._stream = stream
        self._chunks: Any = None
        self._gather = gather
        self._finish = finish
        self._known: dict[str, Any] = {}
        self._is_over = False

    def __iter__(self) -> Self:
        self._chunks = iter(self._stream)
        return self

    def __next__(self) -> Any:
        if self._chunks is None:
            self._chunks = iter(self._stream)
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._end({})
            raise
        except BaseException as error:
            self._fail(error)
            raise
        self._gather(chunk, self._known)
        return chunk

    def __aiter__(self) -> Self:
        self._chunks = aiter(self._stream)
        return self

    async def __anext__(self) -> Any:
        try:
            chunk = await anext(self._chunks)
        except StopAsyncIteration:
            self._end({})
            raise
        except BaseException as error:
            self._fail(error)
            raise
        self._gather(chunk, self._known)
        return chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._fail(error)
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._fail(error)
        self.cancel()
        close = getattr(self._stream, "aclose", None) or getattr(self._stream, "close", None)
        if close:
            await close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __del__(self) -> None:
        if not self.__dict__.get("_is_over", True):
            try:
                self.cancel()
            except TokenbookError as error:  # nobody is there to be told
                import logging

                log = logging.getLogger("analytics.spool")
                log.error("A stream was not recorded: %s", error)  # noqa: TRY400 - no bug

    def close(self) -> None:
        """Records what is known, if the stream was not read to its end, and closes the stream."""
        self.cancel()
        close = getattr(self._stream, "close", None)
        if close:
            close()

    def cancel(self) -> None:
        """Records what is known, if the stream was not read to its end."""
        self._end({"stream": "cancelled"})

    def _fail(self, error: BaseException) -> None:
        is_left = isinstance(error, GeneratorExit)
        tags = {"stream": "cancelled"} if is_left else {"error": type(error).__name__}
        try:
            self._end(tags)
        except TokenbookError as problem:
            error.add_note(f"Nor was its usage recorded: {problem}")

    def _end(self, tags: dict[str, str]) -> None:
        if not self._is_over:
            self._is_over = True
            self.record_id = self._finish(self._known, tags)


class MeasuredCall:
    """A block that is one model call: measured, and recorded at its end, also when it fails."""

    def __init__(
        self,
        record: Callable[[list[dict[str, Any]]], str],
        read: Callable[[object, str], list[dict[str, Any]]],
        fields: dict[str, Any],
    ) -> None:
        self.record_id: str | None = None
        """The record's id, once the block has ended."""
        self._record = record
        self._read = read
        self._fields = fields
        self._found: dict[str, Any] = {}
        self._others: list[dict[str, Any]] = []
        self._started = 0.0

    def add(self, **fields: Any) -> None:
        """Says more of the call: fields of `Recorder.record`; tags are added to those there are."""
        tags = {**self._found.get("tags", {}), **(fields.pop("tags", None) or {})}
        self._found |= {**fields, "tags": tags}

    def response(self, response: object, *, of: str) -> None:
        """Takes the usage of a provider's response.

        Args:
            response: an object or dict.
            of: a provider that `Recorder.from_response` names.

        Raises:
            InvalidUsage: it has none.
            InvalidArgument: there is no such provider.
        """
        found, *others = self._read(response, of)
        self.add(**found)
        self._others += others

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        took = time.perf_counter() - self._started
        tags = {"duration_ms": int(took * 1000), **self._found.pop("tags", {})}
        if error is not None:
            tags["error"] = type(error).__name__
        if not self._found:
            tags["usage"] = "unknown"
            self._found["requests"] = 0 if error is not None else 1
            if error is None:
                # It took place, and what it used is not known: it waits for a price, or an answer.
                self._found["other_meters"] = {USAGE_UNKNOWN: 1}
        given = self._fields
        fields = {**self._found, **given, "tags": {**tags, **(given.get("tags") or {})}}
        try:
            self.record_id = self._record([fields, *self._others])
        except TokenbookError as problem:
            if error is None:
                raise
            error.add_note(f"Nor was its usage recorded: {problem}")
