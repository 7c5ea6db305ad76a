"""What the usage blocks of all providers mean: one table, and invented blocks.

`tests/data/usage_blocks.jsonl` has a block a line with the readings that it must become, worked out
by hand. The table is read as dicts, as objects, and in the other spelling.
"""

import copy
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analytics.records import METER_NAMES, UNSTORED_METERS
from analytics.rules import blocks
from analytics.rules.answers import PROVIDERS, provider_named
from analytics.rules.anthropic import ANTHROPIC
from analytics.rules.bedrock import CONVERSE
from analytics.rules.counting import FREE, is_count_like
from analytics.rules.fields import record_fields, unstored
from analytics.rules.forms import Form, take_apart
from analytics.rules.gemini import GEMINI
from analytics.rules.litellm import LITELLM
from analytics.rules.openai import OPENAI
from analytics.rules.others import COHERE, DASHSCOPE, EMBEDDED, OCR, OLLAMA
from analytics.rules.reading import Reading, UnreadableUsage
from analytics.rules.totals import MORE_INPUT, MORE_REASONING, SHORT_WRITES, TOTAL, WRITES

FILE = Path(__file__).parent / "data" / "usage_blocks.jsonl"
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()
]
NAMES = [case["name"] for case in CASES]
FORMS = (OPENAI, ANTHROPIC, GEMINI, CONVERSE, LITELLM, COHERE, OCR, OLLAMA, DASHSCOPE, EMBEDDED)


def shown(reading: Reading) -> dict[str, Any]:
    """A reading as the table has it: without what is empty."""
    found: dict[str, Any] = {
        name: getattr(reading, name)
        for name in Reading.__dataclass_fields__
        if getattr(reading, name) not in (None, {})
    }
    found["meters"] = reading.meters
    if reading.doubt is not None:
        found["doubt"] = list(reading.doubt)
    if reading.cost_usd is not None:
        found["cost_usd"] = format(reading.cost_usd.normalize(), "f")
    return found


def outcome(case: dict[str, Any], response: object) -> object:
    """What a response becomes: its readings, or the code of its refusal."""
    try:
        return [shown(each) for each in provider_named(case["of"]).readings(response)]
    except UnreadableUsage as error:
        return error.code


def objects(value: Any) -> Any:
    """The same as objects with attributes, as the providers' packages have it."""
    if isinstance(value, dict):
        return SimpleNamespace(**{key: objects(each) for key, each in value.items()})
    return [objects(each) for each in value] if isinstance(value, list) else value


def respelled(value: Any) -> Any:
    """The same in the other spelling: camelCase as snake_case and the other way round."""
    if isinstance(value, dict):
        return {other_spelling(key): respelled(each) for key, each in value.items()}
    return [respelled(each) for each in value] if isinstance(value, list) else value


def other_spelling(key: str) -> str:
    if not key.isascii() or "-" in key or key[0] in "_R" or key.isupper():
        return key
    return blocks.snake(key) if key != key.lower() else blocks.camel(key)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_block_is_read_right(case: dict[str, Any]) -> None:
    expected = case.get("refused") or case["readings"]
    before = copy.deepcopy(case["response"])
    assert outcome(case, case["response"]) == expected
    assert case["response"] == before, "a reader changes nothing"
    assert outcome(case, json.loads(json.dumps(case["response"]), parse_float=Decimal)) == expected


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_an_object_is_read_as_a_dict_is(case: dict[str, Any]) -> None:
    if "amazon-bedrock-" in json.dumps(case["response"]):
        pytest.skip("no attribute can be named so")
    assert outcome(case, objects(case["response"])) == (case.get("refused") or case["readings"])


def test_objects_with_slots_are_read_too() -> None:
    @dataclass(slots=True)
    class Usage:
        prompt_tokens: int
        completion_tokens: int
        odd_tokens: int

    usage_kind = msgspec.defstruct(
        "usage_kind", ["prompt_tokens", "completion_tokens", "odd_tokens"]
    )
    for usage in (Usage(5, 2, 3), usage_kind(5, 2, 3)):
        [reading] = provider_named("openai").readings({"model": "m", "usage": usage})
        assert reading.meters == {"input_tokens": 5, "output_tokens": 2}
        assert reading.other_meters == {"odd_tokens": 3}


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_other_spelling_is_read_alike(case: dict[str, Any]) -> None:
    assert outcome(case, respelled(case["response"])) == (case.get("refused") or case["readings"])


def test_every_provider_has_a_block_in_the_table() -> None:
    same = {"google": "gemini", "aws": "bedrock", "x-ai": "xai", "voyageai": "voyage"}
    same |= {"moonshotai": "moonshot", "groq": "openai"}
    assert {same.get(name, name) for name in PROVIDERS} <= {case["of"] for case in CASES}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_names_meters_that_there_are(form: Any) -> None:
    internal = {TOTAL, WRITES, SHORT_WRITES, MORE_INPUT, MORE_REASONING, "", "*"}
    known = {*METER_NAMES, *UNSTORED_METERS, *internal}
    assert set(form.roles.values()) <= known


def test_what_is_free_has_a_source() -> None:
    assert all(len(source) > 20 for source in FREE.values())


@pytest.mark.parametrize("case", [c for c in CASES if "readings" in c], ids=lambda c: c["name"])
def test_no_count_is_lost_on_its_way_into_a_record(case: dict[str, Any]) -> None:
    """What has no column is among the other meters, and so is a doubt: neither is free."""
    for reading in provider_named(case["of"]).readings(case["response"]):
        fields = record_fields(reading)
        other = fields.get("other_meters", {})
        for name, number in reading.meters.items():
            assert number in {fields.get(name), other.get(name)}
        assert reading.other_meters.items() <= other.items()
        assert (reading.doubt is None) or reading.doubt.kind in other
        assert unstored(reading) == other


# Invented blocks


PLAIN: dict[str, dict[str, Any]] = {
    "openai": {"usage": {"prompt_tokens": 1000, "completion_tokens": 100}},
    "anthropic": {"type": "message", "usage": {"input_tokens": 1000, "output_tokens": 100}},
    "gemini": {"usageMetadata": {"promptTokenCount": 1000, "candidatesTokenCount": 100}},
    "bedrock": {"usage": {"inputTokens": 1000, "outputTokens": 100}},
    "litellm": {"usage": {"prompt_tokens": 1000, "completion_tokens": 100}},
    "cohere": {"usage": {"billed_units": {"input_tokens": 1000, "output_tokens": 100}}},
    "dashscope": {"usage": {"input_tokens": 1000, "output_tokens": 100}},
    "newcomer": {"usage": {"prompt_tokens": 1000, "completion_tokens": 100}},
}
ENDINGS = ("tokens", "count", "requests", "searches", "queries", "pages", "characters", "units")
words = st.sampled_from(["lunar", "solar", "tidal", "amber", "quartz", "velvet"])
names = st.builds(
    lambda word, ending, is_camel, is_loud: spelled(f"{word}_{ending}", is_camel, is_loud),
    words,
    st.sampled_from(ENDINGS),
    st.booleans(),
    st.booleans(),
)
numbers = st.integers(1, 10**14)


def spelled(name: str, is_camel: bool, is_loud: bool) -> str:  # noqa: FBT001
    if is_camel:
        return blocks.camel(name)
    return name.upper() if is_loud else name


def nested(name: str, number: object, way: list[str]) -> Any:
    """A key with its count, deep in objects and lists."""
    found: Any = {name: number}
    for key in way:
        found = {key: [found]} if key == "amber" else {key: found}
    return found


def usage_of(response: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = response.get("usage") or response["usageMetadata"]
    return found


@given(st.sampled_from(sorted(PLAIN)), names, numbers, st.lists(words, max_size=4))
def test_an_unknown_count_is_kept_wherever_it_stands(
    of: str, name: str, number: int, way: list[str]
) -> None:
    response = copy.deepcopy(PLAIN[of])
    usage_of(response).update(nested(name, number, way))
    [reading] = provider_named(of).readings(response)
    assert sum(reading.other_meters.values()) == number
    assert blocks.snake(name) in next(iter(reading.other_meters))
    assert (reading.meters["input_tokens"], reading.meters["output_tokens"]) == (1000, 100)
    assert record_fields(reading)["other_meters"] == reading.other_meters


@given(
    st.sampled_from(sorted(PLAIN)),
    names,
    st.sampled_from([0, None, False, True, "", "none", {}, [], 0.0]),
)
def test_what_counts_nothing_is_no_meter(of: str, name: str, value: object) -> None:
    response = copy.deepcopy(PLAIN[of])
    usage_of(response)[name] = value
    [reading] = provider_named(of).readings(response)
    assert reading.other_meters == {}


@given(names, st.sampled_from([-1, 10**15, float("inf"), float("nan"), "1" * 16]))
def test_a_count_that_cannot_be_is_refused(name: str, value: object) -> None:
    response = copy.deepcopy(PLAIN["openai"])
    usage_of(response)[name] = value
    if value == "1" * 16 or value in {-1, 10**15} or isinstance(value, float):
        with pytest.raises(UnreadableUsage):
            provider_named("openai").readings(response)


@pytest.mark.parametrize(
    "name",
    ["total_time", "queue_seconds_time", "latency_seconds", "cost_in_usd_ticks", "token_id"],
)
def test_times_amounts_and_ids_are_no_counts(name: str) -> None:
    assert not is_count_like(name)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 10**7))
def test_a_total_is_the_sum_or_explained_or_in_doubt(
    taken: int, made: int, reasoning: int, total: int
) -> None:
    usage = {
        "prompt_tokens": taken,
        "completion_tokens": made,
        "total_tokens": total,
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
    for of in ("openai", "xai"):
        [reading] = provider_named(of).readings({"usage": usage})
        whole = reading.meters.get("input_tokens", 0) + reading.meters.get("output_tokens", 0)
        assert whole in {taken + made, taken + made + reasoning}
        assert (reading.doubt is None) == (total == whole)
        if reading.doubt is not None:
            assert reading.doubt.difference == abs(total - whole)
            assert "total_mismatch" in record_fields(reading)["other_meters"]
        assert reasoning <= reading.meters.get("output_tokens", 0)


@given(
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)
def test_every_split_of_anthropics_cache_adds_up(
    fresh: int, read: int, short: int, long: int, rest: int
) -> None:
    usage = {
        "input_tokens": fresh,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": short + long + rest,
        "cache_creation": {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long},
        "output_tokens": 1,
    }
    [reading] = provider_named("anthropic").readings({"type": "message", "usage": usage})
    meters = reading.meters
    assert meters.get("input_tokens", 0) == fresh + read + short + long + rest
    assert meters.get("cache_write_1h_tokens", 0) == long
    assert meters.get("cache_write_tokens", 0) == short + rest
    assert meters.get("cache_read_tokens", 0) == read
    assert reading.doubt is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**16) | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
known_paths = sorted({path.split(".")[0] for form in FORMS for path in form.roles})


@given(st.sampled_from(sorted(PLAIN)), st.sampled_from(known_paths), json_values)
def test_anything_in_a_block_is_read_or_refused(of: str, name: str, value: object) -> None:
    """Never another error, and what is read is whole numbers of at most 15 digits."""
    response = copy.deepcopy(PLAIN[of])
    usage_of(response)[name] = value
    try:
        readings = provider_named(of).readings(response)
    except UnreadableUsage:
        return
    for reading in readings:
        assume(max([0, *reading.meters.values()]) < 10**15)
        for number in (*reading.meters.values(), *reading.other_meters.values()):
            assert type(number) is int
            assert 0 <= number < 10**15


@given(st.sampled_from(sorted(PLAIN)), st.dictionaries(st.sampled_from(known_paths), json_values))
def test_a_block_is_read_alike_key_by_key_and_by_its_plan(of: str, more: dict[str, Any]) -> None:
    """Blocks with the same keys are read by a plan that is made once; any mapping is walked."""
    block = {**usage_of(copy.deepcopy(PLAIN[of])), **more}
    for form in FORMS:
        found = [taken(block, form), taken(MappingProxyType(block), form), taken(block, form)]
        assert found[0] == found[1] == found[2]


def taken(block: object, form: Form) -> object:
    try:
        counts = take_apart(block, form)
    except UnreadableUsage as error:
        return error.code
    return counts.known, counts.other
