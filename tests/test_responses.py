"""Responses of the providers' own packages become records, right to the token.

The types are the real ones of openai, anthropic and google-genai; of litellm too where it is
installed (it is too large to install for a test), else dicts of the same shape.
"""

import asyncio
import contextlib
import importlib
import json
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analytics import Recorder
from analytics.errors import InvalidArgument, InvalidUsage
from analytics.spool import folder
from tests.conftest import new_book, write_lines

OWNER: dict[str, Any] = {"external_id": "acme"}


@cache
def package(name: str) -> Any:
    """A provider's package; what it says of itself is not this project's to mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def built(module: str, name: str, content: dict[str, Any]) -> Any:
    """A response as the package itself makes it of a server's answer."""
    return getattr(package(module), name).model_validate(content)


def recorded(tmp_path: Path, record: Callable[[Recorder], object]) -> list[dict[str, Any]]:
    """The records that a function makes, without their ids, times and owner."""
    with Recorder(tmp_path / "spool", fsync="none") as recorder:
        record(recorder)
    rows = []
    for file in folder.files(tmp_path / "spool"):
        for line in file.path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line, parse_float=Decimal)
            assert row.pop("external_id") == "acme"
            rows.append({k: v for k, v in row.items() if k not in {"id", "occurred_at"}})
        file.path.unlink()
    return rows


CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_791_979_200,
    "model": "gpt-4o-2024-08-06",
    "service_tier": "flex",
    "choices": [],
    "usage": {
        "prompt_tokens": 2000,
        "completion_tokens": 700,
        "total_tokens": 2700,
        "prompt_tokens_details": {
            "cached_tokens": 1024,
            "cache_write_tokens": 100,
            "audio_tokens": 50,
            "image_tokens": 85,
        },
        "completion_tokens_details": {
            "reasoning_tokens": 512,
            "audio_tokens": 30,
            "accepted_prediction_tokens": 5,
            "rejected_prediction_tokens": 7,
        },
    },
}
CHAT_RECORD = {
    "model": "gpt-4o-2024-08-06",
    "provider": "openai",
    "variant": "service_tier=flex",
    "tags": {"response_id": "chatcmpl-1"},
    "input_tokens": 2000,
    "cache_read_tokens": 1024,
    "cache_write_tokens": 100,
    "input_audio_tokens": 50,
    "input_image_tokens": 85,
    "output_tokens": 700,
    "output_reasoning_tokens": 512,
    "output_audio_tokens": 30,
}
EMBEDDING = {
    "object": "list",
    "model": "text-embedding-3-small",
    "data": [],
    "usage": {"prompt_tokens": 8, "total_tokens": 8},
}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1_791_979_200,
    "model": "o3",
    "service_tier": "default",
    "output": [],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "usage": {
        "input_tokens": 3000,
        "input_tokens_details": {
            "cached_tokens": 1000,
            "cache_write_tokens": 600,
            "cache_write_tokens_details": {"ttl_30m_tokens": 400, "ttl_12h_tokens": 200},
        },
        "output_tokens": 900,
        "output_tokens_details": {"reasoning_tokens": 640},
        "total_tokens": 3900,
    },
}
IMAGE = {
    "created": 1_791_979_200,
    "data": [],
    "usage": {
        "input_tokens": 60,
        "input_tokens_details": {"image_tokens": 40, "text_tokens": 20},
        "output_tokens": 4160,
        "total_tokens": 4220,
    },
}
SPOKEN = {
    "text": "Hello",
    "usage": {
        "type": "tokens",
        "input_tokens": 120,
        "output_tokens": 12,
        "total_tokens": 132,
        "input_token_details": {"audio_tokens": 100, "text_tokens": 20},
    },
}
HEARD = {"text": "Hello", "usage": {"type": "duration", "seconds": 12.3}}
OPENAI: list[tuple[str, str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("openai.types.chat", "ChatCompletion", CHAT, {}, CHAT_RECORD),
    (
        "openai.types",
        "CreateEmbeddingResponse",
        EMBEDDING,
        {},
        {
            "model": "text-embedding-3-small",
            "provider": "openai",
            "usage_type": "embedding",
            "input_tokens": 8,
        },
    ),
    (
        "openai.types.responses",
        "Response",
        RESPONSE,
        {},
        {
            "model": "o3",
            "provider": "openai",
            "tags": {"response_id": "resp_1"},
            "input_tokens": 3000,
            "cache_read_tokens": 1000,
            "cache_write_tokens": 400,
            "cache_write_1h_tokens": 200,
            "output_tokens": 900,
            "output_reasoning_tokens": 640,
        },
    ),
    (
        "openai.types",
        "ImagesResponse",
        IMAGE,
        {"model_id": "gpt-image-1"},
        {
            "model": "gpt-image-1",
            "provider": "openai",
            "usage_type": "image",
            "input_tokens": 60,
            "input_image_tokens": 40,
            "output_tokens": 4160,
            "output_image_tokens": 4160,
        },
    ),
    (
        "openai.types.audio",
        "Transcription",
        SPOKEN,
        {"model_id": "gpt-4o-transcribe"},
        {
            "model": "gpt-4o-transcribe",
            "provider": "openai",
            "usage_type": "audio_stt",
            "input_tokens": 120,
            "input_audio_tokens": 100,
            "output_tokens": 12,
        },
    ),
    (
        "openai.types.audio",
        "Transcription",
        HEARD,
        {"model_id": "whisper-1"},
        {
            "model": "whisper-1",
            "provider": "openai",
            "usage_type": "audio_stt",
            "audio_milliseconds": 12_300,
        },
    ),
]


@pytest.mark.parametrize("as_dict", [False, True], ids=["object", "dict"])
@pytest.mark.parametrize(("module", "name", "content", "given", "expected"), OPENAI)
def test_openai(
    module: str,
    name: str,
    content: dict[str, Any],
    given: dict[str, Any],
    expected: dict[str, Any],
    as_dict: Any,
    tmp_path: Path,
) -> None:
    response = content if as_dict else built(module, name, content)
    assert recorded(tmp_path, lambda r: r.from_openai(response, **OWNER, **given)) == [expected]


MESSAGE_USAGE: dict[str, Any] = {
    "input_tokens": 100,
    "cache_read_input_tokens": 5000,
    "cache_creation_input_tokens": 1500,
    "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 500},
    "output_tokens": 300,
    "output_tokens_details": {"thinking_tokens": 120},
    "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1},
    "service_tier": "batch",
    "speed": "fast",
    "inference_geo": "us",
}
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "content": [],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": MESSAGE_USAGE,
}
MESSAGE_RECORD = {
    "model": "claude-sonnet-4-5",
    "provider": "anthropic",
    "variant": "inference_geo=us,processing=batch,speed=fast",
    "tags": {"response_id": "msg_1"},
    "input_tokens": 6600,
    "cache_read_tokens": 5000,
    "cache_write_tokens": 1000,
    "cache_write_1h_tokens": 500,
    "output_tokens": 300,
    "output_reasoning_tokens": 120,
    "web_searches": 2,
}


@pytest.mark.parametrize("as_dict", [False, True], ids=["object", "dict"])
def test_anthropic(as_dict: Any, tmp_path: Path) -> None:
    response = MESSAGE if as_dict else built("anthropic.types", "Message", MESSAGE)
    assert recorded(tmp_path, lambda r: r.from_anthropic(response, **OWNER)) == [MESSAGE_RECORD]


def test_anthropic_without_the_kinds_of_writes(tmp_path: Path) -> None:
    usage = {"input_tokens": 1, "output_tokens": 2, "cache_creation_input_tokens": 7}
    response = built("anthropic.types", "Message", {**MESSAGE, "usage": usage})
    [row] = recorded(tmp_path, lambda r: r.from_anthropic(response, **OWNER))
    assert (row["input_tokens"], row["cache_write_tokens"]) == (8, 7)
    assert "variant" not in row


def test_anthropic_with_a_compaction_and_an_advisor(tmp_path: Path) -> None:
    """Each is billed besides the call, by its own size: a record of its own."""
    part = {
        "input_tokens": 10,
        "output_tokens": 5,
        "cache_read_input_tokens": 3,
        "cache_creation_input_tokens": 0,
    }
    usage = {
        "input_tokens": 100,
        "output_tokens": 50,
        "iterations": [
            {**part, "type": "message"},
            {**part, "type": "compaction"},
            {**part, "type": "advisor_message", "model": "claude-opus-4-8"},
        ],
    }
    response = built("anthropic.types.beta", "BetaMessage", {**MESSAGE, "usage": usage})
    first, compaction, advisor = recorded(tmp_path, lambda r: r.from_anthropic(response, **OWNER))
    assert (first["input_tokens"], first["output_tokens"]) == (100, 50)
    counts = {"input_tokens": 13, "cache_read_tokens": 3, "output_tokens": 5}
    for row, kind, model in (
        (compaction, "compaction", "claude-sonnet-4-5"),
        (advisor, "advisor_message", "claude-opus-4-8"),
    ):
        tags = row.pop("tags")
        assert (tags.keys(), tags["part"]) == ({"part", "part_of"}, kind)
        assert row == {"model": model, "provider": "anthropic", **counts}


CONTENT = {
    "candidates": [],
    "modelVersion": "gemini-2.5-flash",
    "responseId": "r-1",
    "usageMetadata": {
        "promptTokenCount": 1000,
        "cachedContentTokenCount": 400,
        "candidatesTokenCount": 200,
        "thoughtsTokenCount": 150,
        "toolUsePromptTokenCount": 60,
        "totalTokenCount": 1410,
        "trafficType": "ON_DEMAND_FLEX",
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 700},
            {"modality": "AUDIO", "tokenCount": 100},
            {"modality": "IMAGE", "tokenCount": 120},
            {"modality": "VIDEO", "tokenCount": 80},
        ],
        "cacheTokensDetails": [
            {"modality": "TEXT", "tokenCount": 370},
            {"modality": "AUDIO", "tokenCount": 30},
        ],
        "candidatesTokensDetails": [
            {"modality": "TEXT", "tokenCount": 80},
            {"modality": "IMAGE", "tokenCount": 120},
        ],
        "toolUsePromptTokensDetails": [{"modality": "IMAGE", "tokenCount": 10}],
    },
}


@pytest.mark.parametrize("as_dict", [False, True], ids=["object", "dict"])
def test_gemini(as_dict: Any, tmp_path: Path) -> None:
    response = (
        CONTENT if as_dict else built("google.genai.types", "GenerateContentResponse", CONTENT)
    )
    assert recorded(tmp_path, lambda r: r.from_gemini(response, **OWNER)) == [
        {
            "model": "gemini-2.5-flash",
            "provider": "google",
            "variant": "service_tier=flex",
            "tags": {"response_id": "r-1"},
            "input_tokens": 1060,
            "cache_read_tokens": 400,
            "input_audio_tokens": 100,
            "cache_audio_read_tokens": 30,
            "input_image_tokens": 130,
            "input_video_tokens": 80,
            "output_tokens": 350,
            "output_reasoning_tokens": 150,
            "output_image_tokens": 120,
        }
    ]


LITELLM: dict[str, Any] = {
    "id": "chatcmpl-9",
    "object": "chat.completion",
    "created": 1_791_979_200,
    "model": "claude-sonnet-4-5",
    "choices": [],
    "usage": {
        "prompt_tokens": 6600,
        "completion_tokens": 300,
        "total_tokens": 6900,
        "cache_read_input_tokens": 5000,
        "cache_creation_input_tokens": 1500,
        "prompt_tokens_details": {
            "cached_tokens": 5000,
            "cache_write_tokens": 1500,
            "cache_creation_token_details": {
                "ephemeral_5m_input_tokens": 1000,
                "ephemeral_1h_input_tokens": 500,
            },
        },
        "completion_tokens_details": {"reasoning_tokens": 120},
        "server_tool_use": {"web_search_requests": 2},
    },
}


def litellm_response(*, as_dict: Any, **hidden: object) -> Any:
    if as_dict:
        return {**LITELLM, "_hidden_params": hidden}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        types = pytest.importorskip("litellm.types.utils", exc_type=ImportError)
        response = types.ModelResponse(**{k: v for k, v in LITELLM.items() if k != "usage"})
        response.usage = types.Usage(**LITELLM["usage"])
    response._hidden_params = hidden
    return response


@pytest.mark.parametrize("as_dict", [False, True], ids=["object", "dict"])
def test_litellm(as_dict: Any, tmp_path: Path) -> None:
    response = litellm_response(as_dict=as_dict, custom_llm_provider="bedrock")
    assert recorded(tmp_path, lambda r: r.from_litellm(response, **OWNER)) == [
        {
            "model": "claude-sonnet-4-5",
            "provider": "aws",
            "tags": {"response_id": "chatcmpl-9"},
            "input_tokens": 6600,
            "cache_read_tokens": 5000,
            "cache_write_tokens": 1000,
            "cache_write_1h_tokens": 500,
            "output_tokens": 300,
            "output_reasoning_tokens": 120,
            "web_searches": 2,
        }
    ]


def test_litellm_answers_from_its_cache_for_nothing(tmp_path: Path) -> None:
    response = litellm_response(as_dict=True, custom_llm_provider="openai", cache_hit=True)
    [row] = recorded(tmp_path, lambda r: r.from_litellm(response, **OWNER))
    assert (row["requests"], row["tags"]["cache_hit"]) == (0, "true")
    assert "input_tokens" not in row


def test_what_the_caller_gives_overrules_the_response(tmp_path: Path) -> None:
    given: dict[str, Any] = {"provider": "azure", "model_id": "gpt-4o", "tags": {"team": "blue"}}
    [row] = recorded(tmp_path, lambda r: r.from_openai(CHAT, **OWNER, **given))
    assert (row["provider"], row["model"]) == ("azure", "gpt-4o")
    assert row["tags"] == {"response_id": "chatcmpl-1", "team": "blue"}


@pytest.mark.parametrize(
    "response",
    [
        None,
        {},
        {**CHAT, "usage": None},
        {**CHAT, "usage": {"prompt_tokens": "many", "completion_tokens": 1}},
        {**CHAT, "usage": {"prompt_tokens": -1, "completion_tokens": 1}},
        {**CHAT, "usage": {"prompt_tokens": 1.5, "completion_tokens": 1}},
        {**CHAT, "model": None},
    ],
    ids=["none", "empty", "without usage", "text", "negative", "fraction", "without model"],
)
def test_a_response_that_does_not_say_what_it_used_is_refused(
    response: object, tmp_path: Path
) -> None:
    with Recorder(tmp_path) as recorder:
        for record in (recorder.from_openai, recorder.from_litellm):
            with pytest.raises(InvalidUsage):
                record(response, **OWNER)
        for record in (recorder.from_anthropic, recorder.from_gemini):
            with pytest.raises(InvalidUsage):
                record({}, **OWNER)


# Streams


def chunk(**content: Any) -> Any:
    base = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_791_979_200,
        "model": "gpt-4o-2024-08-06",
        "service_tier": "flex",
        "choices": [],
    }
    return built("openai.types.chat", "ChatCompletionChunk", {**base, **content})


def chunks(**last: Any) -> list[Any]:
    return [chunk(), chunk(), chunk(**last)]


def test_a_streams_last_chunk_has_the_usage(tmp_path: Path) -> None:
    def record(recorder: Recorder) -> None:
        stream = recorder.stream(iter(chunks(usage=CHAT["usage"])), of="openai", **OWNER)
        assert len(list(stream)) == 3
        assert stream.record_id

    assert recorded(tmp_path, record) == [CHAT_RECORD]


def test_an_async_stream(tmp_path: Path) -> None:
    async def chunks_later() -> AsyncIterator[Any]:
        for each in chunks(usage=CHAT["usage"]):
            yield each

    async def read(recorder: Recorder) -> None:
        async with recorder.stream(chunks_later(), of="openai", **OWNER) as stream:
            assert len([each async for each in stream]) == 3

    assert recorded(tmp_path, lambda recorder: asyncio.run(read(recorder))) == [CHAT_RECORD]


def test_a_stream_of_responses(tmp_path: Path) -> None:
    events = [
        {"type": "response.created", "response": {**RESPONSE, "usage": None}},
        {"type": "response.output_text.delta", "delta": "Hello"},
        {"type": "response.completed", "response": RESPONSE},
    ]
    [row] = recorded(tmp_path, lambda r: list(r.stream(events, of="openai", **OWNER)))
    assert (row["input_tokens"], row["output_tokens"]) == (3000, 900)


CUT: dict[str, tuple[list[dict[str, Any]], Any, Any]] = {
    "openai": (
        [
            {"type": "response.created", "response": {**RESPONSE, "usage": None}},
            {"type": "response.output_text.delta", "delta": "x"},
            {"type": "response.output_text.delta", "delta": "y"},
        ],
        RESPONSE["model"],
        RESPONSE["id"],
    ),
    "anthropic": (
        [
            {
                "type": "message_start",
                "message": {
                    "id": "msg_1",
                    "model": "claude-sonnet-4-5",
                    "usage": {"input_tokens": 100, "output_tokens": 1},
                },
            },
            {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "x"}},
        ],
        "claude-sonnet-4-5",
        "msg_1",
    ),
    "gemini": (
        [
            {
                "responseId": "g-1",
                "modelVersion": "gemini-2.5-flash",
                "candidates": [{"content": {"parts": [{"text": "x"}]}}],
                "usageMetadata": {"promptTokenCount": 1000, "candidatesTokenCount": 3},
            }
        ]
        * 2,
        "gemini-2.5-flash",
        "g-1",
    ),
}
"""Streams that break off: what came of them, and the model and the id that they named."""


@pytest.mark.parametrize("ends", ["by itself", "left", "fails"])
@pytest.mark.parametrize("of", CUT)
def test_a_stream_that_breaks_off_is_recorded_and_not_known(
    of: str, ends: str, tmp_path: Path
) -> None:
    """However it ends, and whoever is told of it: the caller's own error is all he sees."""
    events, model, response_id = CUT[of]

    def stream() -> Iterator[dict[str, Any]]:
        yield from events
        if ends == "fails":
            raise ConnectionResetError

    def read(recorder: Recorder) -> None:
        is_broken = ends == "fails"
        broken = pytest.raises(ConnectionResetError) if is_broken else contextlib.nullcontext()
        with broken, recorder.stream(stream(), of=of, **OWNER) as chunks:
            for number, _ in enumerate(chunks, 1):
                if ends == "left" and number == len(events):
                    break

    [row] = recorded(tmp_path, read)
    assert row["other_meters"] == {"usage_unknown": 1}
    assert (row["model"], row["tags"]["response_id"]) == (model, response_id)


SO_FAR = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
DELTA = {"delta": {"content": "x"}, "finish_reason": None}
STOP = {"delta": {}, "finish_reason": "stop"}


@pytest.mark.parametrize(
    ("choices", "doubt"),
    [
        ([[DELTA], [DELTA]], {"usage_unknown": 1}),
        ([[DELTA], [STOP]], None),
        ([[STOP], [DELTA]], None),  # OpenRouter's last one has an empty choice
        ([[DELTA], []], None),
    ],
)
def test_sums_in_every_chunk_are_the_calls_once_a_choice_has_ended(
    choices: list[list[dict[str, Any]]], doubt: dict[str, int] | None, tmp_path: Path
) -> None:
    chunks = [{"id": "c-1", "model": "m", "choices": each, "usage": SO_FAR} for each in choices]
    [row] = recorded(tmp_path, lambda r: list(r.stream(chunks, of="vllm", **OWNER)))
    assert row.get("other_meters") == doubt


def test_a_chunk_with_the_usage_need_not_name_the_call(tmp_path: Path) -> None:
    chunks = [
        {"id": "c-1", "model": "gpt-4o", "choices": [STOP]},
        {"choices": [], "usage": SO_FAR},
    ]
    [row] = recorded(tmp_path, lambda r: list(r.stream(chunks, of="openai", **OWNER)))
    assert (row["model"], row["tags"], row["input_tokens"]) == (
        "gpt-4o",
        {"response_id": "c-1"},
        10,
    )
    assert "other_meters" not in row


@pytest.mark.parametrize("of", ["gemini", "vertex"])
@pytest.mark.parametrize(
    "end",
    [{"promptFeedback": {"blockReason": "SAFETY"}}, {"serverContent": {"turnComplete": True}}],
)
def test_a_stream_of_gemini_may_end_without_a_candidate(
    end: dict[str, Any], of: str, tmp_path: Path
) -> None:
    """A prompt that was blocked, and a turn of a live session."""
    usage = {"promptTokenCount": 10, "totalTokenCount": 10}
    last = {"modelVersion": "gemini-2.5-flash", "usageMetadata": usage, **end}
    [row] = recorded(tmp_path, lambda r: list(r.stream([last], of=of, **OWNER)))
    assert row["input_tokens"] == 10
    assert "other_meters" not in row


ADVISED = {
    "id": "msg_1",
    "type": "message",
    "model": "claude-sonnet-4-5",
    "usage": {
        "input_tokens": 30,
        "output_tokens": 12,
        "iterations": [
            {"type": "message", "input_tokens": 30, "output_tokens": 12},
            {
                "type": "advisor_message",
                "model": "claude-opus-4-5",
                "input_tokens": 60_000,
                "output_tokens": 2_000,
            },
        ],
    },
}
"""An answer that another model had a part in."""


def _measured(recorder: Recorder, **said: Any) -> object:
    with recorder.measure(model_id="claude-sonnet-4-5", **said) as call:
        call.response(ADVISED, of="anthropic")
    return call.record_id


def _streamed(recorder: Recorder, **said: Any) -> object:
    begun = {**ADVISED, "usage": {"input_tokens": 30, "output_tokens": 1}}
    events = [
        {"type": "message_start", "message": begun},
        {"type": "message_delta", "usage": ADVISED["usage"]},
    ]
    stream = recorder.stream(events, of="anthropic", **said)
    assert len(list(stream)) == 2
    return stream.record_id


@pytest.mark.parametrize(
    "record",
    [
        lambda recorder, **said: recorder.from_anthropic(ADVISED, **said),
        lambda recorder, **said: recorder.from_response(ADVISED, of="anthropic", **said),
        lambda recorder, **said: recorder.from_bedrock(ADVISED, **said),
        _streamed,
        _measured,
    ],
    ids=["from_anthropic", "from_response", "from_bedrock", "stream", "measure"],
)
def test_parts_have_an_id_of_their_calls(record: Callable[..., str], tmp_path: Path) -> None:
    """The caller's, twice the same; else one that there is once."""
    with Recorder(tmp_path / "spool", fsync="none") as recorder:
        given = [record(recorder, id="msg_1", **OWNER) for _ in range(2)]
        made = [record(recorder, **OWNER) for _ in range(2)]
    [file] = folder.files(tmp_path / "spool")
    lines = file.path.read_text(encoding="utf-8").splitlines()
    assert given == ["msg_1", "msg_1"]
    assert len({*given, *made}) == 3
    assert [json.loads(line)["id"] for line in lines] == [
        found for own in (*given, *made) for found in (own, f"{own}/advisor_message-1")
    ]


def test_an_answer_that_is_recorded_twice_has_its_parts_once(tmp_path: Path) -> None:
    """They have the ids that a load of the answer gives them."""
    at = "2026-10-05T12:00:00Z"
    with new_book(tmp_path / "book", require_transactions=False) as book:
        book.create_account(name="Acme", external_id="acme")
        with Recorder(tmp_path / "spool", fsync="none") as recorder:
            for _ in range(2):
                recorder.from_anthropic(ADVISED, id="msg_1", occurred_at=at, **OWNER)
        done = book.drain_spool(tmp_path / "spool")
        assert done is not None
        assert (done.appended, done.duplicates, done.rejected) == (2, 2, 0)
        ids = {record.id for record in book.get_usage().usage_records or ()}
    with new_book(tmp_path / "other") as other:
        other.ingest(
            write_lines(tmp_path / "answers.jsonl", json.dumps({**ADVISED, "created_at": at}))
        )
        assert {record.id for record in other.get_usage().usage_records or ()} == ids


def anthropic_events() -> list[Any]:
    begun = {k: v for k, v in MESSAGE_USAGE.items() if k != "output_tokens_details"}
    started = {**MESSAGE, "usage": {**begun, "output_tokens": 1}}
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    usage = {
        "output_tokens": 300,
        "cache_read_input_tokens": 5000,
        "output_tokens_details": {"thinking_tokens": 120},
    }
    return [
        built(
            "anthropic.types", "RawMessageStartEvent", {"type": "message_start", "message": started}
        ),
        built(
            "anthropic.types",
            "RawMessageDeltaEvent",
            {"type": "message_delta", "delta": delta, "usage": usage},
        ),
        built("anthropic.types", "RawMessageStopEvent", {"type": "message_stop"}),
    ]


def test_a_stream_of_anthropic_counts_up(tmp_path: Path) -> None:
    events = anthropic_events()
    rows = recorded(tmp_path, lambda r: list(r.stream(events, of="anthropic", **OWNER)))
    assert rows == [MESSAGE_RECORD]


def test_a_stream_of_gemini_counts_up(tmp_path: Path) -> None:
    first = {**CONTENT, "usageMetadata": {"promptTokenCount": 1000, "candidatesTokenCount": 3}}
    stream = [built("google.genai.types", "GenerateContentResponse", c) for c in (first, CONTENT)]
    [row] = recorded(tmp_path, lambda r: list(r.stream(stream, of="gemini", **OWNER)))
    assert (row["input_tokens"], row["output_tokens"]) == (1060, 350)


def _left_by_break(recorder: Recorder) -> None:
    for _ in recorder.stream(chunks(), of="openai", **OWNER):
        break


def _closed(recorder: Recorder) -> None:
    stream = recorder.stream((each for each in chunks()), of="openai", **OWNER)
    next(stream)
    stream.close()
    stream.close()


def _left_block(recorder: Recorder) -> None:
    with recorder.stream(iter(chunks()), of="openai", **OWNER) as stream:
        next(stream)


@pytest.mark.parametrize("leave", [_left_by_break, _closed, _left_block])
def test_a_stream_that_is_cancelled_is_recorded_and_marked(
    leave: Callable[[Recorder], None], tmp_path: Path
) -> None:
    [row] = recorded(tmp_path, leave)
    assert row["model"] == "gpt-4o-2024-08-06"
    assert row["tags"] == {
        "response_id": "chatcmpl-1",
        "usage": "unknown",
        "stream": "cancelled",
    }
    assert row["other_meters"] == {"usage_unknown": 1}


def test_a_cancelled_stream_is_recorded_with_what_is_known(tmp_path: Path) -> None:
    def leave(recorder: Recorder) -> None:
        for _ in recorder.stream(anthropic_events(), of="anthropic", **OWNER):
            break

    [row] = recorded(tmp_path, leave)
    assert (row["input_tokens"], row["output_tokens"]) == (6600, 1)
    assert row["tags"]["stream"] == "cancelled"
    assert row["other_meters"] == {"usage_unknown": 1}, "what was made until then is not known"


def test_a_stream_that_fails_is_recorded_and_fails(tmp_path: Path) -> None:
    def broken() -> Iterator[Any]:
        yield chunk()
        raise ConnectionError("gone")

    def read(recorder: Recorder) -> None:
        with pytest.raises(ConnectionError):
            list(recorder.stream(broken(), of="openai", **OWNER))

    [row] = recorded(tmp_path, read)
    assert row["tags"]["error"] == "ConnectionError"


def test_a_stream_of_nobody_knows_whom_is_refused(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        with pytest.raises(InvalidArgument, match="none of openai, azure"):
            recorder.stream([], of="other", **OWNER)
        call = recorder.measure(model_id="gpt-4o", **OWNER)
        with pytest.raises(InvalidArgument, match="none of openai, azure"):
            call.response({}, of="other")


# Blocks


def test_a_block_is_measured_and_recorded(tmp_path: Path) -> None:
    def record(recorder: Recorder) -> None:
        with recorder.measure(model_id="gpt-4o", **OWNER, tags={"team": "blue"}) as call:
            call.response(CHAT, of="openai")
            call.add(description="Greeting")
        assert call.record_id

    [row] = recorded(tmp_path, record)
    duration = row["tags"].pop("duration_ms")
    assert duration >= 0
    tags = {"response_id": "chatcmpl-1", "team": "blue"}
    assert row == {**CHAT_RECORD, "tags": tags, "description": "Greeting"}


def test_a_block_that_fails_is_recorded_and_fails(tmp_path: Path) -> None:
    def record(recorder: Recorder) -> None:
        with pytest.raises(TimeoutError), recorder.measure(model_id="gpt-4o", **OWNER):
            raise TimeoutError
        call = recorder.measure(model_id="o3", **OWNER)
        call.add(input_tokens=7)
        with pytest.raises(ValueError, match="bad"), call:
            raise ValueError("bad")

    first, second = recorded(tmp_path, record)
    assert first["tags"].pop("duration_ms") >= 0
    assert first["tags"] == {"error": "TimeoutError", "usage": "unknown"}
    assert (first["model"], first["requests"]) == ("gpt-4o", 0)
    assert (second["input_tokens"], second["tags"]["error"]) == (7, "ValueError")


def test_a_block_that_cannot_be_recorded_fails_with_its_own_error_first(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        with pytest.raises(TimeoutError) as caught, recorder.measure(model_id="gpt-4o"):
            raise TimeoutError
        assert "account_id or external_id is missing" in caught.value.__notes__[0]
        with pytest.raises(InvalidUsage), recorder.measure(model_id="gpt-4o"):
            pass


def test_what_responses_become_has_a_price(tmp_path: Path) -> None:
    """To the cent: 2.50 and 10.00 per million, half of them from the cache at 1.25."""
    usage = {
        "prompt_tokens": 2_000_000,
        "completion_tokens": 100_000,
        "total_tokens": 2_100_000,
        "prompt_tokens_details": {"cached_tokens": 1_000_000},
    }
    with Recorder(tmp_path / "spool") as recorder:
        made = recorder.from_openai({**CHAT, "usage": usage, "service_tier": None}, **OWNER)
    with new_book(tmp_path / "book") as book:
        book.drain_spool(tmp_path / "spool", create_accounts=True)
        [record] = book.get_usage().usage_records or ()
        assert (record.id, record.estimated_cost_usd) == (made, Decimal("4.75"))
