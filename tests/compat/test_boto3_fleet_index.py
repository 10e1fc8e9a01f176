"""boto3's `iot` against the real application: fleet index and thin registry."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.data_plane import DataPlaneService, data_plane, in_thread


@pytest.fixture
async def service() -> AsyncIterator[DataPlaneService]:
    """Five phones, one with a ballot, one of them wanting another colour."""
    async with data_plane() as running:
        sdk = running.boto("iot-data")
        for number, system in enumerate(("iOS", "Android", "iOS", "Windows", "iOS")):
            state: dict[str, Any] = {"reported": {"os": system, "scene": number, "visible": number > 1}}
            if number == 0:
                state["desired"] = {"color": "red"}
            await update(sdk, f"phone-{number}", state)
        await update(sdk, "phone-1", {"reported": {"p1": {"choice": ["yes"]}}}, shadowName="ballot")
        yield running


@pytest.fixture
def sdk(service: DataPlaneService) -> Any:
    """AWS's SDK for the control plane."""
    return service.boto("iot")


async def update(sdk: Any, thing: str, state: Any, **more: Any) -> None:
    """An accepted update."""
    payload = json.dumps({"state": state}).encode()
    (await in_thread(sdk.update_thing_shadow, thingName=thing, payload=payload, **more))["payload"].close()


async def found(sdk: Any, query: str) -> list[str]:
    """Names of the things that match."""
    return [thing["thingName"] for thing in (await in_thread(sdk.search_index, queryString=query))["things"]]


async def refused(call: Any, **arguments: Any) -> tuple[int, str, str]:
    """Status, exception name and message of a call that must fail."""
    with pytest.raises(ClientError) as raised:
        await in_thread(call, **arguments)
    answer: Any = raised.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


async def test_search_sees_an_update_at_once(service: DataPlaneService, sdk: Any) -> None:
    """Whoever has heard `accepted` finds the new value, and the old one no more."""
    assert await found(sdk, "shadow.reported.os:ios") == ["phone-0", "phone-2", "phone-4"]
    data = service.boto("iot-data")
    await update(data, "phone-0", {"reported": {"os": "Linux"}})
    assert await found(sdk, "shadow.reported.os:ios") == ["phone-2", "phone-4"]
    assert await found(sdk, "shadow.hasDelta:true") == ["phone-0"]
    (await in_thread(data.delete_thing_shadow, thingName="phone-0"))["payload"].close()
    assert await found(sdk, "*") == ["phone-1", "phone-2", "phone-3", "phone-4"]


async def test_thing_document_has_its_shadow_as_text(sdk: Any) -> None:
    """`shadow` is a string that holds JSON, with named shadows under `name`."""
    page = await in_thread(sdk.search_index, queryString="shadow.name.ballot.reported.p1.choice:yes")
    (thing,) = page["things"]
    shadow = json.loads(thing["shadow"])
    assert shadow["reported"] == {"os": "Android", "scene": 1, "visible": False}
    assert shadow["version"] == 1
    assert set(shadow["metadata"]["reported"]) == {"os", "scene", "visible"}
    assert shadow["name"]["ballot"]["reported"] == {"p1": {"choice": ["yes"]}}


async def test_search_goes_on_page_by_page(sdk: Any) -> None:
    """Pages follow one another by nextToken, and the last has none."""
    first = await in_thread(sdk.search_index, queryString="thingName:phone-*", maxResults=3)
    rest = await in_thread(
        sdk.search_index, queryString="thingName:phone-*", maxResults=3, nextToken=first["nextToken"]
    )
    assert [len(first["things"]), len(rest["things"])] == [3, 2]
    assert "nextToken" not in rest


async def test_aggregations(sdk: Any) -> None:
    """Buckets, cardinality, statistics and percentiles as AWS's SDK reads them."""
    buckets = await in_thread(
        sdk.get_buckets_aggregation,
        queryString="*",
        aggregationField="shadow.reported.os",
        bucketsAggregationType={"termsAggregation": {"maxBuckets": 2}},
    )
    assert buckets["totalCount"] == 5
    assert buckets["buckets"] == [{"keyValue": "iOS", "count": 3}, {"keyValue": "Android", "count": 1}]
    field = {"queryString": "*", "aggregationField": "shadow.reported.scene"}
    assert (await in_thread(sdk.get_cardinality, **field))["cardinality"] == 5
    statistics = (await in_thread(sdk.get_statistics, **field))["statistics"]
    assert (statistics["count"], statistics["sum"], statistics["variance"]) == (5, 10.0, 2.0)
    percentiles = await in_thread(sdk.get_percentiles, **field, percents=[0, 50, 100])
    assert [p["value"] for p in percentiles["percentiles"]] == [0.0, 2.0, 4.0]


async def test_bad_queries_are_typed(sdk: Any) -> None:
    """A query that cannot be read is InvalidQueryException with the column; bounds and names have theirs."""
    status, kind, message = await refused(sdk.search_index, queryString="shadow.reported.os:")
    assert (status, kind) == (400, "InvalidQueryException")
    assert "column 20" in message
    other = await refused(sdk.search_index, queryString="*", indexName="AWS_Other")
    assert other[:2] == (404, "ResourceNotFoundException")
    token = await refused(sdk.search_index, queryString="*", nextToken="AAAA")
    assert token[:2] == (400, "InvalidRequestException")
    percents = await refused(sdk.get_percentiles, queryString="*", percents=[101])
    assert percents[:2] == (400, "InvalidAggregationException")


async def test_the_index_is_described(sdk: Any) -> None:
    """There is one index, it is active."""
    assert (await in_thread(sdk.list_indices))["indexNames"] == ["AWS_Things"]
    assert (await in_thread(sdk.describe_index, indexName="AWS_Things"))["indexStatus"] == "ACTIVE"
    assert (await refused(sdk.describe_index, indexName="x"))[0] == 404


async def test_registry(service: DataPlaneService, sdk: Any) -> None:
    """Things are created, described, listed, searched by attribute, and deleted without their shadows."""
    attributes = {"attributes": {"seat": "12", "row": "B"}}
    made = await in_thread(sdk.create_thing, thingName="phone-2", attributePayload=attributes)
    assert made["thingArn"].endswith(":thing/phone-2")
    again = await in_thread(sdk.create_thing, thingName="phone-2", attributePayload=attributes)
    assert again["thingId"] == made["thingId"]
    assert (await refused(sdk.create_thing, thingName="phone-2"))[:2] == (
        409,
        "ResourceAlreadyExistsException",
    )
    await in_thread(sdk.create_thing, thingName="empty")
    described = await in_thread(sdk.describe_thing, thingName="phone-2")
    assert (described["attributes"], described["version"]) == ({"seat": "12", "row": "B"}, 1)
    assert (await refused(sdk.describe_thing, thingName="phone-9"))[0] == 404
    shadow_only = await in_thread(sdk.describe_thing, thingName="phone-3")
    assert (shadow_only["attributes"], shadow_only["version"]) == ({}, 1)
    assert shadow_only["thingId"] != described["thingId"]
    names, page = list[str](), await in_thread(sdk.list_things, maxResults=2)
    while "nextToken" in page:
        names += [thing["thingName"] for thing in page["things"]]
        page = await in_thread(sdk.list_things, maxResults=2, nextToken=page["nextToken"])
    names += [thing["thingName"] for thing in page["things"]]
    assert names == ["empty", *(f"phone-{number}" for number in range(5))]
    assert await found(sdk, "attributes.seat:[10 TO 20]") == ["phone-2"]
    assert (await refused(sdk.delete_thing, thingName="phone-2", expectedVersion=9))[0] == 409
    await in_thread(sdk.delete_thing, thingName="phone-2", expectedVersion=1)
    await in_thread(sdk.delete_thing, thingName="never-made")
    await in_thread(sdk.delete_thing, thingName="empty")
    assert await found(sdk, "attributes.seat:*") == []
    assert "phone-2" in await found(sdk, "shadow.reported.os:ios")
    assert "empty" not in await found(sdk, "*")


async def test_endpoint_is_this_service(service: DataPlaneService, sdk: Any) -> None:
    """DescribeEndpoint gives the address that the client already uses."""
    answer = await in_thread(sdk.describe_endpoint, endpointType="iot:Data-ATS")
    assert answer["endpointAddress"] == service.url.removeprefix("http://")
