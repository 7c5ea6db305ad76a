"""Results of the buckets of usage reports: OpenAI's organisation usage, Anthropic's for messages.

A result is the sum of many requests, but a model whose price depends on a request's size must not
see the sum: it is cut into equal parts that are no larger than 100,000 tokens, or than the average
request. The time is the bucket's start.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import md5
from typing import Any

from analytics.rules.exact_json import encoded
from analytics.rules.forms import Counts, Form, take_apart
from analytics.rules.reading import BadUsage, Reading, UnreadableUsage
from analytics.rules.totals import settle
from analytics.sources.formats.envelopes import part
from analytics.sources.formats.lines import Line
from analytics.sources.formats.rows import Row, refused, row_of, text

PART_TOKENS = 100_000
MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Report:
    """A usage report.

    Args:
        form: what its counts mean.
        span: the keys of a bucket's start and end.
        is_bucket: whether a line is a bucket, not a page of them.
        parts: a result -> into how many parts it is cut.
        check: a result and its counts; raises where it says nothing.
        said: a result -> columns of its rows; ``id`` is what is the same in all parts of one.
        reads: a reading without counts, of a result.
    """

    form: Form
    span: tuple[str, str]
    is_bucket: Callable[[dict[str, Any]], bool]
    parts: Callable[[dict[str, Any]], int]
    check: Callable[[dict[str, Any], Counts], None]
    said: Callable[[dict[str, Any], str], dict[str, Any]]
    reads: Callable[[dict[str, Any]], Reading]

    def read(self, lines: Iterator[Line]) -> Iterator[tuple[Line, Row]]:
        """The rows of lines."""
        for line in lines:
            if line.row is None:
                yield line, {"problem": line.problem}
                continue
            buckets = [line.row] if self.is_bucket(line.row) else line.row.get("data")
            for bucket in buckets if isinstance(buckets, list) else []:
                results = part(bucket, "results")
                for result in results if isinstance(results, list) else []:
                    yield from self._rows(line, bucket, result)

    def _rows(self, line: Line, bucket: object, result: object) -> Iterator[tuple[Line, Row]]:
        is_object = isinstance(result, dict)
        given: dict[str, Any] = result if isinstance(result, dict) else {}
        parts = max(1, min(self.parts(given), MOST_PARTS))
        span = {name: part(bucket, name) for name in self.span}
        said = self.said(given, "/".join(str(text(at)) for at in span.values() if at is not None))
        said["occurred_at"] = text(span[self.span[0]])
        try:
            if not is_object:
                raise BadUsage("a result is no object")
            counts = take_apart(given, self.form)
            self.check(given, counts)
        except UnreadableUsage as error:
            rows = [refused(error, said)] * parts
        else:
            rows = [self._share(counts, given, said, nth, parts) for nth in range(parts)]
        for nth, row in enumerate(rows):
            record = {**span, "part": nth, "parts": parts, "result": result}
            yield replace(line, text=encoded(record)), row

    def _share(
        self, counts: Counts, result: dict[str, Any], said: dict[str, Any], nth: int, parts: int
    ) -> Row:
        """One of the equal parts of a result; parts of a total stay within it."""
        known = dict(counts.known)
        inside = known.get("cache_read_tokens", 0) + known.get("cache_writes", 0)
        if self.form.cache == "inside" and known.get("input_tokens", 0) >= inside:
            known["input_tokens"] = known.get("input_tokens", 0) - inside
        else:
            inside = 0
        shares = {name: _share(number, nth, parts) for name, number in known.items()}
        if inside:
            for name in ("cache_read_tokens", "cache_writes"):
                shares["input_tokens"] += shares.get(name, 0)
        reading = self.reads(result)
        others = {name: _share(number, nth, parts) for name, number in counts.other.items()}
        settle(reading, Counts(shares, others), self.form)
        if "requests" in shares:
            reading.meters["requests"] = shares["requests"]
        own = f"{said['id']}/{nth}" if parts > 1 else said["id"]
        return row_of(reading, {**said, "id": own})


def hashed(*values: object) -> str:
    """What tells results of one bucket apart, in 32 digits."""
    content = encoded([text(value) for value in values])
    return md5(content.encode(), usedforsecurity=False).hexdigest()


def whole(value: object) -> int:
    """A count as it decides how many parts there are; 0 where it is none."""
    return value if type(value) is int and 0 <= value < 10**15 else 0


def _share(total: int, nth: int, parts: int) -> int:
    return total // parts + (nth < total % parts)
