"""Facts correct the catalogue: each is complete, none contradicts another, each kind decides."""

import csv
import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.prices.facts import (
    FACT_COLUMNS,
    KINDS,
    Fact,
    FactError,
    check_together,
    match_clause,
    parsed,
    read_facts,
)
from data.prices.merging import Merge, merged
from data.prices.rows import (
    BEGINNING,
    END,
    PriceRow,
    Rate,
    Region,
    carved,
    in_order,
    overlap,
    region_of,
)
from tests.test_price_data import expected_rates, models, rows_for

PRICES = Path(__file__).resolve().parents[1] / "data" / "prices"
M = 1_000_000


def written(**columns: Any) -> dict[str, str]:
    """A complete line of facts.csv, with some columns changed."""
    line = dict.fromkeys(FACT_COLUMNS, "")
    line |= {"id": "f", "kind": "rate", "provider": "p", "model": "m", "meter": "input_tokens"}
    line |= {"amount": "2", "per": "1000000", "source": "a page", "found": "2026-11-30"}
    line |= {"confidence": "high", "note": "why"}
    return line | {name: str(value) for name, value in columns.items()}


def fact(kind: str = "rate", **columns: Any) -> Fact:
    """A fact; one of another kind than `rate` has none of the columns of a rate."""
    empty = {} if kind == "rate" else {"meter": "", "amount": "", "per": ""}
    return parsed(written(kind=kind, **(empty | columns)))


def row(rates: str = "input_tokens=1", variant: str = "", **fields: Any) -> PriceRow:
    """A row of the catalogue with amounts for a million."""
    pairs = (each.split("=") for each in rates.split())
    amounts = in_order({meter: Rate(Decimal(amount), M) for meter, amount in pairs})
    spans: dict[str, Any] = {"tokens_from": 0, "tokens_to": None, "second_from": 0}
    spans |= {"second_to": 86_400, "time_from": BEGINNING, "time_to": END}
    return PriceRow("p", "m", variant, rates=amounts, **(spans | fields))


def at(text: str) -> datetime:
    """An instant of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def merge(rows: list[PriceRow], *facts: Fact) -> Merge:
    """The rows of one model with facts about it."""
    return merged(rows, facts, [("p", "m")])


def said(rows: Iterable[PriceRow]) -> list[str]:
    """Rows as short texts: variant, first instant, rates, facts."""
    return [
        f"{r.variant}|{r.time_from.date()}|"
        f"{' '.join(f'{meter}={rate}' for meter, rate in r.rates)}|{' '.join(r.facts)}"
        for r in sorted(rows, key=lambda r: (r.variant, r.time_from, r.tokens_from, r.second_from))
    ]


# Each fact by itself


WRONG: dict[str, dict[str, Any]] = {
    "confidence is high or medium": {"confidence": "low"},
    "source missing": {"source": ""},
    "note missing": {"note": ""},
    "amount missing": {"amount": ""},
    "factor must be empty": {"factor": "2"},
    "no meter: tokens": {"meter": "tokens"},
    "a rate is of one meter": {"meter": "input_tokens|output_tokens"},
    "not a plain decimal": {"amount": "2.50"},
    "per is a count": {"per": "0"},
    "a span is empty": {"valid_from": "2026-02-01", "valid_to": "2026-02-01"},
    "not a whole second": {"valid_from": "2026-02-01T00:00:00+01:00"},
    "windows are of the UTC day": {"window_zone": "Asia/Shanghai"},
    "are not weekdays": {"window_days": "21"},
    "is not a variant": {"variant": "batch"},
    "must be sorted": {"variant": "speed=fast,processing=batch"},
    "an id is made of": {"id": "With Spaces"},
    "'guess'": {"kind": "guess"},
    "month must be in 1..12": {"found": "2026-13-01"},
}


@pytest.mark.parametrize("message", WRONG)
def test_a_fact_that_is_incomplete_or_impossible_is_refused(message: str) -> None:
    with pytest.raises(FactError, match=message.replace(".", r"\.")):
        parsed(written(**WRONG[message]))


def test_a_fact_without_a_span_holds_always() -> None:
    always = fact().region
    assert always == Region(BEGINNING, END)
    assert fact(valid_from="2026-08-16T16:00:00").region.time_from == at("2026-08-16T16:00")


def test_ids_are_unique_and_columns_are_as_documented(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    line = written()
    path.write_text("\n".join([",".join(FACT_COLUMNS), *[",".join(line.values())] * 2]), "utf-8")
    with pytest.raises(FactError, match="two facts have the id f"):
        read_facts(path)
    path.write_text("id,kind\n", "utf-8")
    with pytest.raises(FactError, match="the columns must be"):
        read_facts(path)


# Facts together


def together(*facts: Fact) -> None:
    check_together(facts, {"p": ["m", "m-2", "other"], "q": ["m"]})


def test_two_facts_that_decide_the_same_are_refused() -> None:
    one = fact(id="one", valid_to="2026-02-01")
    other = fact(id="other", amount="3", valid_from="2026-01-31T23:59:59")
    with pytest.raises(FactError, match="one and other both decide m"):
        together(one, other)


@pytest.mark.parametrize(
    "columns",
    [
        {"valid_from": "2026-02-01"},
        {"meter": "output_tokens"},
        {"variant": "processing=batch"},
        {"model": "other"},
        {"provider": "q"},
    ],
)
def test_facts_of_other_spans_meters_variants_or_models_do_not_collide(
    columns: dict[str, str],
) -> None:
    other = fact(id="other", **({"amount": "3"} | columns))
    together(fact(id="one", valid_to="2026-02-01"), other)


def test_what_makes_rows_and_what_ends_them_is_said_once() -> None:
    factor = fact("factor", id="one", variant="speed=fast", factor="2", model="m*")
    start = fact("start", id="two", variant="speed=fast", valid_from="2026-01-01", replaces="x")
    end = fact("not_offered", id="three", variant="speed=fast")
    rate = fact(id="four", variant="speed=fast")
    for pair in ((factor, start), (end, rate)):
        with pytest.raises(FactError, match="both decide m"):
            together(*pair)
    together(factor, rate)  # an explicit rate wins over a multiple
    together(factor, end)


def test_facts_name_providers_and_models_that_are_there() -> None:
    with pytest.raises(FactError, match="f: no provider nobody"):
        together(fact(provider="nobody"))
    with pytest.raises(FactError, match="f: no model of p is m-9"):
        together(fact(model="m|m-9"))
    alias = fact("alias", id="a", model="m-latest", target="m", valid_to="2026-01-01")
    together(alias, fact("alias", id="b", model="m-latest", target="m-2", valid_from="2026-01-01"))
    with pytest.raises(FactError, match="a and c both decide m-latest"):
        together(alias, fact("alias", id="c", model="m-latest", target="other"))


# How each kind changes rows


def test_a_rate_overrides_only_the_value_it_was_reviewed_against() -> None:
    rate = fact(valid_to="2026-02-01", replaces="1/1000000")
    assert said(merge([row()], rate).rows) == [
        "|0001-01-01|input_tokens=2/1000000|f",
        "|2026-02-01|input_tokens=1/1000000|",
    ]
    with pytest.raises(FactError, match="f: p/m has input_tokens=4/1000000, reviewed against 1/"):
        merge([row("input_tokens=4")], rate)


def test_a_fact_that_the_catalogue_contradicts_is_listed_and_the_catalogue_stands() -> None:
    result = merge([row()], fact())
    assert said(result.rows) == ["|0001-01-01|input_tokens=1/1000000|"]
    assert result.disagreements == ["f: p/m has input_tokens=1/1000000, not 2/1000000"]
    assert not result.used


def test_a_fact_that_the_catalogue_says_too_decides_nothing() -> None:
    result = merge([row("input_tokens=2")], fact(per=500_000, amount="1"))
    assert (said(result.rows), result.used) == (["|0001-01-01|input_tokens=2/1000000|"], set())


def test_a_rate_splits_at_its_tier_window_and_weekdays_and_rows_never_overlap() -> None:
    rates = [
        fact(id="tier", input_tokens_from=128_000, replaces="1/1000000"),
        fact(id="hour", meter="output_tokens", window_start_second=3600, window_days="67"),
    ]
    result = merge([row()], *rates)
    assert overlap(result.rows) is None
    assert {(r.tokens_from, r.second_from, r.days) for r in result.rows} == {
        *itertools.product((0, 128_000), (0, 3600), ("1234567",)),
        *itertools.product((0, 128_000), (3600,), ("67",)),
    } - {(0, 3600, "1234567"), (128_000, 3600, "1234567")} | {
        (0, 3600, "12345"),
        (128_000, 3600, "12345"),
    }


def test_a_variant_before_its_first_day_starts_where_a_fact_says() -> None:
    batch = row("input_tokens=0.5", "processing=batch", time_from=at("2026-10-14"))
    start = {"variant": "processing=batch", "valid_from": "2026-01-01"}
    reviewed = fact("start", replaces="input_tokens=0.5/1000000", **start)
    assert said(merge([row(), batch], reviewed).rows)[1:] == [
        "processing=batch|2026-01-01|input_tokens=0.5/1000000|f",
        "processing=batch|2026-10-14|input_tokens=0.5/1000000|",
    ]
    with pytest.raises(FactError, match=r"the catalogue has .*0\.5.*, not input_tokens=0\.4"):
        merge([row(), batch], fact("start", replaces="input_tokens=0.4/1000000", **start))
    cut = [row(time_to=at("2026-05-01")), row("input_tokens=0.9", time_from=at("2026-05-01"))]
    with pytest.raises(FactError, match="the standard price of p/m changed in the meantime"):
        merge([*cut, batch], reviewed)


def test_a_factor_fills_what_has_no_row_and_follows_the_standard() -> None:
    standard = [
        row("input_tokens=4 output_tokens=8", time_to=at("2026-05-01")),
        row("input_tokens=2 output_tokens=8", time_from=at("2026-05-01")),
    ]
    batch = row("input_tokens=1 output_tokens=4", "processing=batch", time_from=at("2026-10-14"))
    half = fact("factor", variant="processing=batch", factor="0.5", valid_from="2026-01-01")
    result = merge([*standard, batch], half)
    assert said(result.rows)[2:] == [
        "processing=batch|2026-01-01|input_tokens=2/1000000 output_tokens=4/1000000|f",
        "processing=batch|2026-05-01|input_tokens=1/1000000 output_tokens=4/1000000|f",
        "processing=batch|2026-10-14|input_tokens=1/1000000 output_tokens=4/1000000|",
    ]
    assert not result.disagreements
    fifth = fact("factor", variant="processing=batch", factor="0.2", valid_from="2026-01-01")
    assert len(merge([*standard, batch], fifth).disagreements) == 1


def test_an_explicit_rate_wins_over_a_factor_and_a_factor_over_another_variant_follows() -> None:
    facts = [
        fact("factor", id="fast", variant="speed=fast", factor="6"),
        fact(id="cached", meter="cache_read_tokens", variant="speed=fast", amount="0.5"),
        fact("factor", id="us", variant="inference_geo=us,speed=fast", factor="1.1",
             target="speed=fast"),
    ]  # fmt: skip
    assert said(merge([row("input_tokens=5 cache_read_tokens=1")], *facts).rows)[:-1] == [
        "|0001-01-01|input_tokens=5/1000000 cache_read_tokens=1/1000000|",
        (
            "inference_geo=us,speed=fast|0001-01-01|"
            "input_tokens=33/1000000 cache_read_tokens=0.55/1000000|fast cached us"
        ),
    ]


def test_rates_alone_make_rows_only_if_no_part_would_cost_what_its_whole_costs() -> None:
    standard = row("input_tokens=2 cache_read_tokens=1")
    batch = fact(id="one", variant="processing=batch", amount="1")
    with pytest.raises(FactError, match="one: p/m processing=batch lacks cache_read_tokens"):
        merge([standard], batch)
    cached = fact(id="two", variant="processing=batch", meter="cache_read_tokens", amount="0.5")
    fee = dict(standard.rates) | {"web_searches": Rate(Decimal(10), 1000)}
    result = merge([standard], batch, cached)
    assert said(result.rows)[1:] == [
        "processing=batch|0001-01-01|input_tokens=1/1000000 cache_read_tokens=0.5/1000000|one two",
    ]
    with_fee = PriceRow(**{f: getattr(standard, f) for f in PriceRow.__slots__}
                        | {"rates": in_order(fee)})  # fmt: skip
    assert "web_searches=10/1000" in said(merge([with_fee], batch, cached).rows)[1]


def test_what_is_not_offered_has_no_row() -> None:
    fast = row("input_tokens=2", "speed=fast")
    result = merge([row(), fast], fact("not_offered", variant="speed=fast", valid_from="2026-01-01",
                                       input_tokens_from=200_001))  # fmt: skip
    assert result.used == {"f"}
    assert [(r.tokens_from, r.tokens_to, f"{r.time_to:%Y}") for r in result.rows if r.variant] in (
        [(0, None, "2026"), (0, 200_001, "9999")],
        [(0, 200_001, "9999"), (0, None, "2026")],
    )


def test_a_window_holds_when_facts_say_and_another_hour_has_its_price_else() -> None:
    rows = [
        row("input_tokens=1", second_to=3600),
        row("input_tokens=2", second_from=3600, second_to=7200),
        row("input_tokens=1", second_from=7200),
    ]
    window = {"window_start_second": 3600, "window_end_second": 7200, "window_zone": "UTC"}
    begin = fact("window", target=0, window_days="12345", valid_from="2026-08-16T16:00:00",
                 **window)  # fmt: skip
    result = merge(rows, begin).rows
    assert overlap(result) is None
    peak = [r for r in result if dict(r.rates)["input_tokens"] == Rate(Decimal(2), M)]
    assert [(r.days, r.time_from, r.second_from) for r in peak] == [
        ("12345", at("2026-08-16T16:00"), 3600)
    ]
    before = [r for r in result if r.time_to == at("2026-08-16T16:00")]
    assert [(r.second_from, r.second_to) for r in before] == [(0, 86_400)]


def test_free_and_same_as_text() -> None:
    free = fact("free", id="free", meter="web_searches")
    text = fact("same_as_text", id="text", meter="input_audio_tokens|cache_audio_read_tokens")
    assert said(merge([row()], free, text).rows) == [
        (
            "|0001-01-01|input_tokens=1/1000000 input_audio_tokens=1/1000000 web_searches=0/1000"
            "|free text"
        )
    ]


def test_the_default_tier_has_the_rows_of_the_one_without_a_tier() -> None:
    rows = [row(), row(variant="service_tier=default")]
    half = fact("factor", variant="processing=batch", factor="0.5")
    variants = {r.variant: said([r])[0].split("|")[2] for r in merge(rows, half).rows}
    assert variants["processing=batch,service_tier=default"] == variants["processing=batch"]


def test_a_declared_model_is_matched_by_its_names() -> None:
    clause = match_clause(fact("model", target="equals=a starts_with=b-"))
    assert clause == {"or": [{"equals": "a"}, {"starts_with": "b-"}]}
    with pytest.raises(FactError, match="a model is matched by"):
        match_clause(fact("model", target="contains=a"))


spans = st.tuples(st.integers(0, 6), st.integers(1, 3))


@st.composite
def regions(draw: st.DrawFn) -> Region:
    """A small region; days are days of 2026 from its first on."""
    (day, days), (low, size), (second, seconds) = draw(st.tuples(spans, spans, spans))
    weekdays = draw(st.sets(st.sampled_from("1234567"), min_size=1))
    return Region(
        datetime(2026, 1, 1 + day, tzinfo=UTC), datetime(2026, 1, 1 + day + days, tzinfo=UTC),
        low, low + size, second, second + seconds, "".join(sorted(weekdays)),
    )  # fmt: skip


def cells(box: Region | PriceRow) -> set[tuple[int, int, int, str]]:
    """Every smallest part of a box."""
    days = range(box.time_from.day, box.time_to.day)
    tokens = range(box.tokens_from, box.tokens_to or 0)
    seconds = range(box.second_from, box.second_to)
    return set(itertools.product(days, tokens, seconds, box.days))


@given(regions(), regions())
def test_carving_loses_nothing_and_doubles_nothing(one: Region, other: Region) -> None:
    whole = row(
        time_from=one.time_from, time_to=one.time_to, tokens_from=one.tokens_from,
        tokens_to=one.tokens_to, second_from=one.second_from, second_to=one.second_to,
        days=one.days,
    )  # fmt: skip
    inside, outside = carved(whole, other)
    parts = [*outside, inside] if inside else outside
    assert sum(len(cells(part)) for part in parts) == len(cells(whole))
    assert set().union(*map(cells, parts)) == cells(whole)
    assert (cells(inside) if inside else set()) == cells(one) & cells(other)
    assert overlap(parts) is None
    assert region_of(whole) == one


# The facts of the file


@dataclass(frozen=True)
class Case:
    """What a fact puts right: what genai-prices says, and what was to be paid."""

    kinds: str
    wrong: str | None
    right: str | None
    provider: str
    model: str
    when: str
    usage: str = "input_tokens=1000000 output_tokens=1000000"
    variant: str = ""
    taken_for: str = ""


B = "processing=batch"
CASES = [
    # What a name meant.
    Case("alias", "8", "2", "mistral", "mistral-large-latest", "2026-11-20T12:00",
         taken_for="mistral-large"),
    Case("alias", "8", "2.4", "mistral", "mistral-large-latest", "2025-10-15T12:00",
         taken_for="mistral-large"),
    # DeepSeek: the first instant of a window, weekdays, holidays, the flat price before.
    Case("window", "5.28", "1.305", "deepseek", "deepseek-v4-pro", "2026-07-10T02:00"),
    Case("window", "1.5", "0.75", "deepseek", "deepseek-flash", "2026-11-15T02:00"),
    Case("window", "1.5", "1.5", "deepseek", "deepseek-flash", "2026-11-16T02:00"),
    Case("window", "1.5", "0.75", "deepseek", "deepseek-flash", "2026-10-01T07:00"),
    Case("window", "5.28", "5.28", "deepseek", "deepseek-v4-pro", "2026-08-22T09:59:59"),
    Case("window", "5.28", "2.64", "deepseek", "deepseek-v4-pro", "2026-08-23T09:59:59"),
    Case("window rate", "0.42", "0.88", "deepseek", "deepseek-v4-flash", "2026-08-16T16:00"),
    Case("rate", "0.42", "0.42", "deepseek", "deepseek-v4-flash", "2026-08-16T15:59:59"),
    Case("rate", "1.5", "1.76", "deepseek", "deepseek-v4-flash", "2026-08-17T01:00"),
    Case("rate", "2.74", "0.7", "deepseek", "deepseek-reasoner", "2025-11-10T12:00"),
    Case("rate", "1.37", "0.42", "deepseek", "deepseek-chat", "2026-06-10T12:00"),
    Case("rate", "0.685", "2.24", "deepseek", "deepseek-chat", "2025-09-10T20:00"),
    Case("not_offered", "1.37", None, "deepseek", "deepseek-chat", "2026-07-24T15:59"),
    # Edges 17.
    Case("window", "1.32", "0.435", "deepseek", "deepseek-v4-pro", "2026-05-20T02:00",
         "input_tokens=1000000"),
    Case("window", "0.435", "0.435", "deepseek", "deepseek-v4-pro", "2026-05-20T12:00",
         "input_tokens=1000000"),
    Case("rate", "0.27", "0.14", "deepseek", "deepseek-chat", "2026-06-15T02:00",
         "input_tokens=1000000"),
    # A batch is half, also before the catalogue knew.
    Case("factor", "2", "1", "mistral", "mistral-large-2512", "2026-03-01T00:00", variant=B),
    Case("factor", "0.75", "0.375", "groq", "openai/gpt-oss-120b", "2026-09-01T00:00", variant=B),
    Case("start", "12.5", "6.25", "openai", "gpt-4o", "2025-03-01T00:00", variant=B),
    Case("factor", "50", "25", "openai", "o3", "2025-05-01T00:00", variant=B),
    Case("start", "25", None, "openai", "gpt-4o", "2024-06-01T00:00", variant=B,
         usage="input_tokens=2000000 output_tokens=2000000"),
    Case("factor", "30", "15", "anthropic", "claude-opus-4-6", "2026-05-01T00:00", variant=B),
    Case("factor", "0.14", "0.35", "azure", "gpt-5.6-luna", "2026-07-31T00:00",
         "input_tokens=100000 output_tokens=100000", B, "openai:gpt-5.6-luna"),
    # Edges 09: flex and priority of 2026-04-03, below and above 272,000 tokens.
    Case("start", "0.2875", "0.144", "openai", "gpt-5.4", "2026-04-03T00:00",
         "input_tokens=50000 cache_read_tokens=50000 output_tokens=10000", "service_tier=flex"),
    Case("start", "0.2875", "0.575", "openai", "gpt-5.4", "2026-04-03T00:00",
         "input_tokens=50000 cache_read_tokens=50000 output_tokens=10000", "service_tier=priority"),
    Case("start", "1.275", "0.6375", "openai", "gpt-5.4", "2026-04-03T00:00",
         "input_tokens=200000 cache_read_tokens=100000 output_tokens=10000", "service_tier=flex"),
    Case("not_offered", "1.35", None, "openai", "gpt-5.4", "2026-11-03T00:00",
         "input_tokens=200000 cache_read_tokens=100000 output_tokens=10000",
         "service_tier=priority"),
    Case("factor", "0.14", "0.28", "openai", "gpt-5.6-luna", "2026-09-01T00:00",
         "input_tokens=100000 output_tokens=100000", "service_tier=fast"),
    # Edges 08: residency.
    Case("factor", "0.000219", "0.0002409", "anthropic", "claude-sonnet-4-6", "2026-08-26T10:00",
         "input_tokens=13 output_tokens=12", "inference_geo=us"),
    Case("factor", "0.000219", None, "anthropic", "claude-sonnet-4-5", "2026-08-26T10:00",
         "input_tokens=13 output_tokens=12", "inference_geo=us"),
    Case("factor", "30", "180", "anthropic", "claude-opus-4-6", "2026-03-20T00:00",
         variant="speed=fast"),
    Case("not_offered", "15", None, "anthropic", "claude-opus-5", "2026-11-01T00:00",
         variant="processing=batch,speed=fast"),
    Case("factor", "0.33", "0.594", "google", "gemini-3.1-pro-preview", "2026-05-01T00:00",
         "input_tokens=50000 cache_read_tokens=50000 input_image_tokens=50000 output_tokens=10000",
         "service_tier=priority"),
    # Edges 32: audio of a model whose entry has no audio rate.
    Case("rate", "0.003", "0.03955", "openai", "gpt-4o-audio-preview", "2026-10-19T08:53:20",
         "input_tokens=100 input_audio_tokens=900 output_tokens=10 output_audio_tokens=40"),
    # Fine-tuned models and first snapshots cost more than what they were taken for.
    Case("model rate", "2", "4", "openai", "ft:gpt-4.1-mini", "2026-06-01T00:00",
         taken_for="gpt-4.1-mini"),
    Case("model rate", "25", "25", "openai", "gpt-4o-realtime-preview-2024-10-01",
         "2024-11-01T00:00", taken_for="gpt-4o-realtime-preview"),
    Case("model rate", "120", "300", "openai", "gpt-4o-realtime-preview-2024-10-01",
         "2024-11-01T00:00", "input_audio_tokens=1000000 output_audio_tokens=1000000",
         taken_for="gpt-4o-realtime-preview"),
    # A tier, a cut, an hour, a fee that the catalogue has not.
    Case("rate", "18", "36", "x-ai", "grok-4-0709", "2026-02-01T00:00"),
    Case("rate", "0.5", "2.5", "openai", "o3", "2025-05-01T00:00", "cache_read_tokens=1000000"),
    Case("rate", "0.1", "0.2", "anthropic", "claude-sonnet-5-5", "2026-10-01T00:00",
         "cache_read_tokens=1000000"),
    Case("rate", "0.012", "0.005", "perplexity", "sonar", "2026-03-01T00:00", "requests=1"),
    Case("factor rate", "0.012", "0.008", "perplexity", "sonar", "2026-03-01T00:00", "requests=1",
         "search_context_size=medium"),
    Case("rate", None, "0.005", "x-ai", "grok-4.5", "2026-09-01T00:00", "web_searches=1"),
    Case("rate", "0.14", "0.7", "azure", "gpt-5.6-luna", "2026-08-11T23:59",
         "input_tokens=100000 output_tokens=100000", taken_for="openai:gpt-5.6-luna"),
    Case("rate", "0.14", "0.14", "azure", "gpt-5.6-luna", "2026-08-12T00:00",
         "input_tokens=100000 output_tokens=100000", taken_for="openai:gpt-5.6-luna"),
    # Free of charge, and audio that costs what text costs.
    Case("free", None, "0", "google", "gemini-3-flash-preview", "2025-12-20T00:00",
         "web_searches=2"),
    Case("free", None, "0", "openrouter", "qwen/qwen3-coder:free", "2026-03-01T00:00"),
    Case("free", None, "0", "zai", "glm-4.7-flash", "2026-03-01T00:00"),
    Case("same_as_text", None, "0.125", "google", "gemini-2.5-pro", "2026-03-01T00:00",
         "input_audio_tokens=100000"),
    Case("same_as_text", None, "40", "openai", "gpt-image-1", "2026-03-01T00:00",
         "output_image_tokens=1000000"),
]  # fmt: skip


def counted(usage: str) -> dict[str, int]:
    """Counts by meter; the parts are written beside one another, not inside."""
    return {meter: int(count) for meter, count in (each.split("=") for each in usage.split())}


def priced(counts: Mapping[str, int], rates: Mapping[str, Fraction]) -> Decimal | None:
    """The sum over the meters, or None if one has no rate."""
    text_of = {"input_image_tokens": "input_tokens"}
    total = Fraction(0)
    for meter, count in counts.items():
        rate = rates.get(meter, rates.get(text_of.get(meter, "")))
        if rate is None:
            return None
        total += count * rate
    return Decimal(total.numerator) / total.denominator


def meaning(provider: str, name: str, when: datetime) -> str:
    """What aliases.csv says that a name meant."""
    with (PRICES / "aliases.csv").open(encoding="utf-8", newline="") as file:
        found = [
            line["target_model"]
            for line in csv.DictReader(file)
            if (line["provider"], line["name"]) == (provider, name)
            and at(line["valid_from"] or "0001-01-01")
            <= when
            < at(line["valid_to"] or "9999-12-31")
        ]
    assert len(found) <= 1
    return found[0] if found else name


def of_the_library(case: Case, when: datetime, tokens: int) -> Decimal | None:
    """What genai-prices has for the model that the name was taken for."""
    of, _, name = (case.taken_for or case.model).rpartition(":")
    for provider, model in models():
        if (provider.id, model.id) == (of or case.provider, name):
            context = dict(pair.split("=") for pair in case.variant.split(",") if pair)
            rates = expected_rates(model.get_prices(when, context), tokens)
            if case.kinds in {"rate", "model rate"}:  # today a part costs what its whole costs
                rates.setdefault("input_audio_tokens", rates.get("input_tokens", Fraction(0)))
                rates.setdefault("output_audio_tokens", rates.get("output_tokens", Fraction(0)))
            return priced(counted(case.usage), rates)
    return None


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.kinds} {c.model} {c.when} {c.variant}")
def test_what_was_wrong_is_right(case: Case) -> None:
    when = at(case.when)
    counts = counted(case.usage)
    parts = ("input_tokens", "cache_read_tokens", "input_audio_tokens", "input_image_tokens")
    tokens = sum(counts.get(meter, 0) for meter in parts)
    assert of_the_library(case, when, tokens) == (Decimal(case.wrong) if case.wrong else None)
    model = meaning(case.provider, case.model, when)
    rows = rows_for(case.provider, model, case.variant, when, tokens)
    assert len(rows) <= 1
    cost = priced(counts, rows[0].rates) if rows else None
    assert cost == (Decimal(case.right) if case.right else None)


def test_every_kind_of_fact_has_a_case_and_a_fact() -> None:
    facts = read_facts(PRICES / "facts.csv")
    assert {kind for case in CASES for kind in case.kinds.split()} == set(KINDS)
    assert {each.kind for each in facts} == set(KINDS)


def test_the_facts_of_the_file_are_counted_and_none_is_idle_or_contradicted_unseen() -> None:
    counts = json.loads((PRICES / "manifest.json").read_text("utf-8"))["facts"]
    facts = read_facts(PRICES / "facts.csv")
    assert counts["count"] == len(facts) == sum(counts["kinds"].values())
    assert counts["disagreements"] == {"count": 0, "facts": []}
    assert counts["idle"] == {"count": 0, "facts": []}


def generated(folder: Path, *changes: tuple[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the generator on a copy of the files with some text of the facts changed."""
    for file in PRICES.glob("*.*"):
        shutil.copy(file, folder)
    path = folder / "facts.csv"
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8", newline="\n")
    command = [sys.executable, str(folder / "generate.py")]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_the_generator_stops_at_a_value_that_a_fact_was_not_reviewed_against(
    tmp_path: Path,
) -> None:
    done = generated(tmp_path, ("0.5/1000000,LiteLLM", "0.6/1000000,LiteLLM"))
    assert done.returncode == 1
    assert done.stderr == (
        "data/prices/facts.csv, openai.o3.launch.cache-read: openai/o3 has "
        "cache_read_tokens=0.5/1000000, reviewed against 0.6/1000000\n"
    )


def test_the_generator_lists_what_the_catalogue_contradicts_and_what_decides_nothing(
    tmp_path: Path,
) -> None:
    done = generated(tmp_path, ("0.5/1000000,LiteLLM", ",LiteLLM"))
    assert done.returncode == 0
    assert done.stderr == (
        "the catalogue disagrees: openai.o3.launch.cache-read: openai/o3 has "
        "cache_read_tokens=0.5/1000000, not 2.5/1000000\n"
        "decides nothing: openai.o3.launch.cache-read\n"
    )
    counts = json.loads((tmp_path / "manifest.json").read_text("utf-8"))["facts"]
    assert counts["disagreements"]["count"] == counts["idle"]["count"] == 1


def test_rows_name_facts_that_exist_and_sources_are_public() -> None:
    ids = {each.id for each in read_facts(PRICES / "facts.csv")}
    with (PRICES / "prices.csv").open(encoding="utf-8", newline="") as file:
        named = {name for line in csv.DictReader(file) for name in line["facts"].split()}
    with (PRICES / "aliases.csv").open(encoding="utf-8", newline="") as file:
        named |= {line["fact"] for line in csv.DictReader(file)}
    assert named <= ids
    with (PRICES / "facts.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            assert not line["source"].startswith(("/", "file:", "copy")), line["id"]
            assert len(line["note"]) <= 120, line["id"]


def test_models_of_facts_come_before_what_they_would_be_taken_for() -> None:
    entries = list(map(json.loads, (PRICES / "models.jsonl").read_text("utf-8").splitlines()))
    openai = [each for each in entries if each["provider"] == "openai"]
    declared = [each["model"] for each in openai if "fact" in each]
    assert declared == [each["model"] for each in openai[: len(declared)]]
    assert "ft:gpt-4.1-mini" in declared
    (sonar,) = [each for each in entries if each["model"] == "sonar" and "fact" not in each
                and each["provider"] == "perplexity"]  # fmt: skip
    assert sonar["variants"] == {"search_context_size": ["high", "low", "medium"]}
