"""Where a call was served, as far as that decides its price.

AWS publishes Bedrock's prices by region (https://aws.amazon.com/bedrock/pricing); the catalogue has
those of the United States. Anthropic's differ by geography only, which the catalogue knows, and in
GovCloud. Azure's data zones cost a tenth more than its global deployments and later models more
(https://azure.microsoft.com/pricing/details/cognitive-services/openai-service).
"""

import re

REGION = r"[a-z]{2}(?:-[a-z]+){1,2}-\d"
GEOGRAPHY = r"(?:af|ap|apac|au|ca|eu|global|il|in|jp|me|mx|sa|us|us-gov)"

ZONE = r"(?:us|eu|global|global-standard)/"
"""Azure's data zones and global deployments, as LiteLLM writes them before a model."""

_ZONE = re.compile(r"(?:azure[^/]*/)?(us|eu)/")
_PLACE = re.compile(rf"(?:^|[/:])(?:({REGION})[/:]|({GEOGRAPHY})[.](?=[a-z0-9-]+[.]))")


def data_zone(name: str) -> str:
    """The data zone of Azure that a model's name tells; "" for none."""
    found = _ZONE.match(name.lower())
    return found[1] if found else ""


def priced_place(name: str, region: str = "") -> str:
    """The region or geography whose prices the catalogue does not have; "" where it has them.

    Args:
        name: a model's id, with what stands before it: `eu.amazon.nova-pro-v1:0`, an ARN.
        region: where it was called, if something beside the name says so.
    """
    text = name.lower()
    found: list[str] = [in_name or about for in_name, about in _PLACE.findall(text)]
    for place in found or [region.lower()]:
        if place.startswith("us-gov"):
            return place
        is_listed = place in {"", "us", "global"} or place.startswith("us-")
        if not is_listed and "anthropic." not in text:
            return place
    return ""
