"""What stands inside what: counts as a provider states them become meters whose totals include.

A provider's form says it; only where a form exists in both conventions does the stated total
decide, and without one a part that is larger than its whole stands beside it.
"""

from collections.abc import Iterator
from itertools import combinations

from analytics.rules.forms import BESIDE, EITHER, INSIDE, Counts, Form
from analytics.rules.reading import TOTAL_MISMATCH, Doubt, Reading

TOTAL, WRITES, SHORT_WRITES = "total_tokens", "cache_writes", "cache_write_5m"
MORE_INPUT, MORE_REASONING = "more_input", "more_reasoning"
"""Roles that are no meters: the stated total, all cache writes, those for five minutes; input and
reasoning that always stand beside the rest, and that a total may leave out."""

_INPUT, _OUTPUT = "input_tokens", "output_tokens"
_READ, _LONG, _REASONING = "cache_read_tokens", "cache_write_1h_tokens", "output_reasoning_tokens"
_CITATION = "output_citation_tokens"
_INTERNAL = frozenset((TOTAL, WRITES, SHORT_WRITES, MORE_INPUT, MORE_REASONING))


def settle(reading: Reading, counts: Counts, form: Form) -> None:
    """Puts the meters of a block into a reading, with its total and the doubt that it leaves."""
    known = counts.known
    given = known.get
    total = given(TOTAL) or None
    if total is not None and known.keys().isdisjoint((_INPUT, _OUTPUT)):
        known[_INPUT] = total  # embeddings and rerankings of some say no more
    long, short, written = given(_LONG, 0), given(SHORT_WRITES, 0), given(WRITES, 0)
    writes = max(written, long + short)
    cached = given(_READ, 0) + writes
    taken, made = _whole(
        (given(_INPUT, 0), given(_OUTPUT, 0)), cached, given(_REASONING, 0), total, form
    )
    more = given(MORE_REASONING, 0)
    reading.meters = {
        **{name: number for name, number in known.items() if number and name not in _INTERNAL},
        **_present(_INPUT, taken + given(MORE_INPUT, 0)),
        **_present(_OUTPUT, made + more + given(_CITATION, 0)),
        **_present(_REASONING, given(_REASONING, 0) + more),
        **_present("cache_write_tokens", writes - long),
    }
    reading.other_meters = counts.other
    reading.stated_total = total
    if written and long + short > written:
        reading.doubt = Doubt(TOTAL_MISMATCH, long + short - written)
    elif total is not None:
        reading.doubt = _doubt(total, reading, counts, form)


def _present(name: str, number: int) -> dict[str, int]:
    return {name: number} if number else {}


def _whole(
    stated: tuple[int, int], cached: int, reasoning: int, total: int | None, form: Form
) -> tuple[int, int]:
    """The input and the output with those of their parts that stand beside them."""
    taken, made = stated
    is_whole = cached <= taken and reasoning <= made and total in (None, taken + made)
    if is_whole and not _leans_beside(form):
        return stated  # as most are
    possible = list(_conventions(*stated, cached, reasoning, form))
    if total is not None:
        for pair in possible:
            if sum(pair) == total:
                return pair
    return possible[0]


def _leans_beside(form: Form) -> bool:
    return form.cache == BESIDE or BESIDE in (form.reasoning, form.reasoning_default)


def _conventions(
    taken: int, made: int, cached: int, reasoning: int, form: Form
) -> Iterator[tuple[int, int]]:
    """Input and output by each convention that the form exists in, the likeliest first."""
    inputs = [taken + (cached if way == BESIDE else 0) for way in _ways(form.cache, INSIDE)]
    outputs = [
        made + (reasoning if way == BESIDE else 0)
        for way in _ways(form.reasoning, form.reasoning_default)
    ]
    pairs = [(whole, output) for output in outputs for whole in inputs]
    fitting = [pair for pair in pairs if cached <= pair[0] and reasoning <= pair[1]]
    yield from fitting or pairs[:1]


def _ways(convention: str, likeliest: str) -> tuple[str, ...]:
    if convention != EITHER:
        return (convention,)
    return (likeliest, BESIDE if likeliest == INSIDE else INSIDE)


def _doubt(total: int, reading: Reading, counts: Counts, form: Form) -> Doubt | None:
    """The difference of a total that nothing stated explains."""
    meters = reading.meters
    whole = meters.get(_INPUT, 0) + meters.get(_OUTPUT, 0)
    if total == whole:
        return None
    beside = [counts.known.get(name, 0) for name in (MORE_INPUT, MORE_REASONING, _CITATION)]
    left_out = [number for number in beside if number]
    explained = {
        whole - sum(some)
        for length in range(1, len(left_out) + 1)
        for some in combinations(left_out, length)
    }
    if form.repeats_cache:
        cached = (_READ, "cache_write_tokens", _LONG)
        explained.add(whole + sum(meters.get(name, 0) for name in cached))
    # What nobody knows is named anyway, and keeps the record without a price.
    explained |= {whole + number for number in (*counts.other.values(), *_sum_of(counts))}
    return None if total in explained else Doubt(TOTAL_MISMATCH, abs(total - whole))


def _sum_of(counts: Counts) -> tuple[int, ...]:
    return (sum(counts.other.values()),) if counts.other else ()
