"""Why a record of usage is refused, by the code of its rejection."""

from analytics.records.meters import PART_RULES
from analytics.records.usage import USAGE_TYPES

MESSAGES: dict[str, str] = {
    "bad_json": "the line is not valid JSON",
    "not_an_object": "the line is JSON, but not an object",
    "line_too_long": "the line is longer than 16 MB",
    "too_many_keys": "the object has more than 256 keys that nothing knows",
    "bad_columns": "the row has more or fewer cells than there are headings",
    "bad_encoding": "a text is not valid Unicode in UTF-8",
    "bad_text": "an id, name, type or description must be text, not an object or list",
    "repeated_key": "a key is given twice, or in two spellings{}",
    "bad_time": "occurred_at must be ISO 8601 like 2026-10-31T12:00:00Z, or a Unix time, got {}",
    "missing_time": "occurred_at is missing; where no row says it,"
    " --set occurred_at=2026-10-31T12:00:00Z says it for all rows of a load",
    "time_too_early": "occurred_at is before 2015: {}",
    "time_in_future": "occurred_at is in the future: {}",
    "missing_model": "model (or model_id) is missing",
    "missing_account": "account_id or external_id is missing; usage of your own is context system",
    "bad_context": "context must be customer or system, got {}",
    "unknown_account": "there is no account {}; create it, or load with --create-accounts",
    "account_mismatch": "account_id and external_id are two accounts: {}",
    "unknown_transaction": "there is no transaction {}",
    "transaction_mismatch": "the transaction {} is of another account",
    "bad_count": "{} must be a whole number of at most 15 digits, 0 or more",
    "bad_duration": "audio_duration_seconds must be a number of seconds, 0 or more, got {}",
    "bad_usage_type": f"usage_type must be one of {', '.join(USAGE_TYPES)}, got {{}}",
    "bad_variant": "variant must be pairs like service_tier=flex, got {}",
    "bad_tags": "tags must be a JSON object",
    "bad_other_meters": "other_meters must be a JSON object of whole numbers",
    **{rule.code: rule.message for rule in PART_RULES},
    "missing_usage": "the row says nothing of its usage, so what it cost is unknown{}",
    "bad_usage": "a part of the usage is no object, so what it cost is unknown",
    "id_conflict": "the id {} is already recorded with other content",
}
"""Code -> a sentence, in which {} stands for what the row has there."""
