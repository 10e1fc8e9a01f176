"""What a room under `--like-aws` says at its end: what AWS IoT would have thrown away."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

_METRIC = "shadowroom_aws_throttled"
_REQUEST_S = 5.0


async def what_was_throttled(url: str, region: str) -> str:
    """A sentence about the dashboard at `url`."""
    try:
        # Its certificate is for the name that phones use, not for this address on this machine.
        async with httpx.AsyncClient(verify=False, timeout=_REQUEST_S, trust_env=False) as client:  # noqa: S501
            answer = await client.get(f"{url}/metrics")
    except httpx.HTTPError as error:
        return f"What AWS IoT in {region} would have discarded is not known: {type(error).__name__}."
    return sentence(answer.text, region)


def sentence(metrics: str, region: str) -> str:
    """The same from the text of `/metrics`."""
    counts = {
        sample.labels["quota"]: int(sample.value)
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.name == _METRIC and sample.value
    }
    if not counts:
        return f"AWS IoT in {region} would have discarded nothing."
    said = ", ".join(f"{count} by {quota}" for quota, count in sorted(counts.items()))
    return f"AWS IoT in {region} would have discarded: {said}."
