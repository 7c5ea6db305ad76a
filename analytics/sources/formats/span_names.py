"""The names under which spans of model calls count, by who writes them.

Sources: OpenTelemetry's GenAI conventions and their older versions; traceloop/openllmetry
(`llm.usage.*`); Arize-ai/openinference (`llm.token_count.*`); pydantic-ai
(`gen_ai.usage.details.*`); Sentry (`input_tokens.cached`); Strands (`cache_write_input_tokens`);
the Vercel AI SDK (`ai.usage.*`).
"""

from analytics.rules.forms import EITHER, PART, Form

_G, _D, _L, _C, _V = (
    "gen_ai.usage.",
    "gen_ai.usage.details.",
    "llm.usage.",
    "llm.token_count.",
    "ai.usage.",
)
PREFIXES = (_G, _L, _C, _V)
"""What begins so is part of the usage, whether a name is known or not."""

INPUT = (f"{_G}input_tokens", f"{_G}prompt_tokens", f"{_L}prompt_tokens", f"{_C}prompt")
OUTPUT = (
    f"{_G}output_tokens",
    f"{_G}completion_tokens",
    f"{_L}completion_tokens",
    f"{_C}completion",
)

FORM = Form.of(
    {
        **dict.fromkeys(INPUT, "input_tokens"),
        f"{_V}input_tokens": "input_tokens",
        f"{_V}prompt_tokens": "input_tokens",
        f"{_V}tokens": "input_tokens",
        **dict.fromkeys(OUTPUT, "output_tokens"),
        f"{_V}output_tokens": "output_tokens",
        f"{_V}completion_tokens": "output_tokens",
        **dict.fromkeys(
            (f"{_G}total_tokens", f"{_L}total_tokens", f"{_C}total", f"{_V}total_tokens"),
            "total_tokens",
        ),
        **dict.fromkeys(
            (
                f"{_G}cache_read.input_tokens",
                f"{_G}cache_read_input_tokens",
                f"{_G}cache_read_tokens",
                f"{_D}cache_read_tokens",
                f"{_D}cache_read_input_tokens",
                f"{_D}cached_tokens",
                f"{_D}cached_content_tokens",
                f"{_G}input_tokens.cached",
                f"{_L}cache_read_input_tokens",
                f"{_C}prompt_details.cache_read",
                f"{_V}cached_input_tokens",
                f"{_V}input_token_details.cache_read_tokens",
            ),
            "cache_read_tokens",
        ),
        **dict.fromkeys(
            (
                f"{_G}cache_creation.input_tokens",
                f"{_G}cache_write.input_tokens",
                f"{_G}cache_creation_input_tokens",
                f"{_G}cache_write_input_tokens",
                f"{_G}cache_write_tokens",
                f"{_D}cache_write_tokens",
                f"{_D}cache_creation_input_tokens",
                f"{_G}input_tokens.cache_write",
                f"{_L}cache_creation_input_tokens",
                f"{_C}prompt_details.cache_write",
                f"{_V}input_token_details.cache_write_tokens",
            ),
            "cache_writes",
        ),
        **dict.fromkeys(
            (
                f"{_G}cache_creation.ephemeral_5m_input_tokens",
                f"{_D}cache_creation.ephemeral_5m_input_tokens",
                f"{_D}ephemeral_5m_input_tokens",
            ),
            "cache_write_5m",
        ),
        **dict.fromkeys(
            (
                f"{_G}cache_creation.ephemeral_1h_input_tokens",
                f"{_D}cache_creation.ephemeral_1h_input_tokens",
                f"{_D}ephemeral_1h_input_tokens",
            ),
            "cache_write_1h_tokens",
        ),
        **dict.fromkeys(
            (
                f"{_G}reasoning.output_tokens",
                f"{_G}reasoning_tokens",
                f"{_L}reasoning_tokens",
                f"{_D}reasoning_tokens",
                f"{_D}thoughts_tokens",
                f"{_G}output_tokens.reasoning",
                f"{_C}completion_details.reasoning",
                f"{_V}reasoning_tokens",
                f"{_V}output_token_details.reasoning_tokens",
            ),
            "output_reasoning_tokens",
        ),
        f"{_D}input_audio_tokens": "input_audio_tokens",
        f"{_D}audio_prompt_tokens": "input_audio_tokens",
        f"{_D}image_prompt_tokens": "input_image_tokens",
        f"{_D}video_prompt_tokens": "input_video_tokens",
        f"{_C}prompt_details.audio": "input_audio_tokens",
        f"{_D}output_audio_tokens": "output_audio_tokens",
        f"{_D}audio_candidates_tokens": "output_audio_tokens",
        f"{_D}image_candidates_tokens": "output_image_tokens",
        f"{_C}completion_details.audio": "output_audio_tokens",
        # What remains of a total, or what is said of it once more in the provider's own words.
        **dict.fromkeys(
            (
                f"{_D}input_tokens",
                f"{_D}output_tokens",
                f"{_D}text_tokens",
                f"{_D}text_prompt_tokens",
                f"{_D}text_candidates_tokens",
                f"{_D}text_cache_tokens",
                f"{_D}tool_use_prompt_tokens",
                f"{_D}text_tool_use_prompt_tokens",
                f"{_D}accepted_prediction_tokens",
                f"{_D}rejected_prediction_tokens",
                f"{_C}prompt_details.cache_input",
                f"{_V}input_token_details.no_cache_tokens",
                f"{_V}output_token_details.text_tokens",
            ),
            PART,
        ),
    },
    cache=EITHER,
    reasoning=EITHER,
)

PROVIDER = (
    "gen_ai.provider.name",
    "llm.provider",
    "gen_ai.system",
    "llm.system",
    "llm.vendor",
    "ai.model.provider",
)
MODEL = (
    "gen_ai.response.model",
    "llm.response.model_name",
    "llm.response.model",
    "ai.response.model",
    "gen_ai.request.model",
    "llm.model_name",
    "llm.request.model_name",
    "llm.request.model",
    "embedding.model_name",
    "ai.model.id",
)
TIER = ("openai.response.service_tier", "gen_ai.openai.response.service_tier")
COST = ("gen_ai.usage.cost", "llm.cost.total", "operation.cost")
SESSION = ("gen_ai.conversation.id", "session.id")

CALLS = frozenset(
    (
        *("chat", "text_completion", "generate_content", "embeddings"),
        *("completion", "responses", "rerank", "image_generation", "transcription", "speech"),
    )
)
"""Operations that are model calls; anything else adds up what calls below it used, or uses none."""

VERCEL_CALLS = (".doGenerate", ".doStream", ".doEmbed")
"""Of the AI SDK's spans the inner ones are the calls; the outer ones add them up."""

PROVIDERS: dict[str, str | None] = {
    **dict.fromkeys(("langchain", "crewai", "llamaindex", "haystack")),
    **dict.fromkeys(("gemini", "vertexai", "gcp.gen_ai", "google"), "google"),
    **dict.fromkeys(("az.ai.openai", "az.ai.inference", "azure-openai", "azure"), "azure"),
    **dict.fromkeys(("mistral_ai", "mistralai"), "mistral"),
    "together_ai": "together",
    "togetherai": "together",
    "xai": "x-ai",
    "amazon-bedrock": "aws",
}
"""Names of providers -> those that prices have; None where it is no provider."""

VERCEL_KINDS = frozenset(
    (
        *("chat", "responses", "messages", "completion", "completions", "embedding", "image"),
        *("generative-ai", "vertex", "speech", "transcription"),
    )
)
"""What the AI SDK writes behind a provider's name: ``openai.chat``."""
