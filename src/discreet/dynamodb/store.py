"""One table's items, in and out. Reads always project; what goes wrong is a StoreError, and never names a value."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4
from weakref import WeakKeyDictionary

from discreet.dynamodb.expressions import Condition, Names
from discreet.dynamodb.transport import CODES, RETRYABLE, Endpoint, Transport, open_transport
from discreet.dynamodb.writes import Add, Delete, Put, Update, Write, operation_of, payload_of, transact_item
from discreet.errors import StoreError

__all__ = ["KeyRange", "Store", "WirePage", "pause", "sendable", "sendable_value"]

WireItem = Mapping[str, Mapping[str, Any]]
Paths = frozenset[tuple[str, ...]]
Watcher = Callable[[str, Mapping[str, Any]], None]

WRITTEN_AT_ONCE: Final = 25
"""Items in one BatchWriteItem: DynamoDB's limit."""
READ_AT_ONCE: Final = 100
"""Keys in one BatchGetItem: DynamoDB's limit."""
ATTEMPTS: Final = 10
"""How often what DynamoDB did not get to is asked for again, with growing pauses: about 15 seconds in all."""


@dataclass(frozen=True, slots=True)
class KeyRange:
    """A key condition: the hash key equals a value, and the range key, if it is asked about, is in an operator's reach.

    operator: "=", "<", "<=", ">", ">=", "begins_with" or "BETWEEN", with one operand, or two for BETWEEN.
    """

    hash_name: str
    hash_value: Mapping[str, Any]
    range_name: str | None = None
    operator: str | None = None
    operands: Sequence[Mapping[str, Any]] = ()

    def expression(self, names: Names) -> str:
        """The KeyConditionExpression."""
        text = f"{names.name(self.hash_name)} = {names.value(self.hash_value)}"
        if self.range_name is None or self.operator is None:
            return text
        name, operands = names.name(self.range_name), [names.value(each) for each in self.operands]
        if self.operator == "begins_with":
            return f"{text} AND begins_with({name}, {operands[0]})"
        return f"{text} AND {name} {self.operator} {' AND '.join(operands)}"


@dataclass(frozen=True, slots=True)
class WirePage:
    """One answer of DynamoDB to a Query or Scan: how many items it looked at, and where it stopped (None at the end)."""

    items: Sequence[WireItem]
    evaluated: int
    last: Mapping[str, Mapping[str, Any]] | None


class Store:
    """A table by name, and one open transport for each event loop that uses it."""

    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self.name = name
        self.endpoint = endpoint
        self._ways: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[_Way]] = WeakKeyDictionary()
        self._watchers: list[Watcher] = []

    async def transport(self) -> Transport:
        """The transport of the running loop, opened on first use."""
        return (await self._way()).transport

    async def close(self) -> None:
        """Close the running loop's transport. It is also closed when its loop ends."""
        task = self._ways.pop(asyncio.get_running_loop(), None)
        if task is not None:
            await (await task).generator.aclose()

    async def _way(self) -> _Way:
        loop = asyncio.get_running_loop()
        task = self._ways.get(loop)
        if task is None:
            task = self._ways[loop] = loop.create_task(self._open())
        try:
            return await asyncio.shield(task)
        except Exception:
            self._ways.pop(loop, None)
            raise

    async def _open(self) -> _Way:
        generator = self._lifetime()
        return _Way(await anext(generator), generator)

    async def _lifetime(self) -> AsyncGenerator[Transport, None]:
        # A loop closes the async generators that are still open when it ends: so whoever runs the loop (a server,
        # `asyncio.run`, a test client that makes one a request) closes the transport, and nobody has to remember.
        # (There is one generator: a loop closes all of its own at once, so one must not close another.)
        try:
            async with AsyncExitStack() as stack:
                yield await open_transport(self.endpoint, stack)
        finally:
            self._ways.pop(asyncio.get_running_loop(), None)

    @contextmanager
    def watch(self, watcher: Watcher) -> Generator[None]:
        """Call `watcher(operation, payload)` before each request, for as long as the context lasts."""
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)

    async def _call(self, operation: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        for watcher in self._watchers:
            watcher(operation, payload)
        transport = await self.transport()
        answer = _parsed(await transport.send(operation, payload))
        if answer is None:
            raise StoreError(operation, "NotDynamoDB", hint="what answers at this endpoint is something else")
        return answer

    # Reading

    async def get(self, key: Mapping[str, Any], paths: Paths, *, consistent: bool) -> WireItem | None:
        """One item's projection; None where there is no item."""
        names = Names()
        projection = names.projection(paths)
        answer = await self._call(
            "GetItem",
            {
                "TableName": self.name,
                "Key": key,
                "ProjectionExpression": projection,
                "ConsistentRead": consistent,
                **names.payload(),
            },
        )
        return answer.get("Item")

    async def get_all(self, keys: Sequence[Mapping[str, Any]], paths: Paths, *, consistent: bool) -> list[WireItem]:
        """The projections of the items that there are, in any order. Raises StoreError rather than leave one out."""
        found: list[WireItem] = []
        for at in range(0, len(keys), READ_AT_ONCE):
            found += await self._get_batch(keys[at : at + READ_AT_ONCE], paths, consistent)
        return found

    async def _get_batch(self, keys: Sequence[Mapping[str, Any]], paths: Paths, consistent: bool) -> list[WireItem]:
        names = Names()
        asked = {"ProjectionExpression": names.projection(paths), "ConsistentRead": consistent, **names.payload()}
        found: list[WireItem] = []
        for attempt in range(ATTEMPTS):
            answer = await self._call("BatchGetItem", {"RequestItems": {self.name: {"Keys": keys, **asked}}})
            found += answer.get("Responses", {}).get(self.name, [])
            unprocessed = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            if not unprocessed:
                return found
            keys = [sendable(each) for each in unprocessed]
            await pause(attempt)
        raise StoreError("BatchGetItem", "UnprocessedKeys", retryable=True)

    async def query(
        self,
        keys: KeyRange | None,
        paths: Paths,
        *,
        limit: int,
        index: str | None = None,
        filter: Condition | None = None,
        start: Mapping[str, Any] | None = None,
        reverse: bool = False,
        consistent: bool = False,
    ) -> WirePage:
        """One page as DynamoDB makes it: at most `limit` items evaluated. keys: None scans."""
        names = Names()
        payload: dict[str, Any] = {
            "TableName": self.name,
            "ProjectionExpression": names.projection(paths),
            "Limit": limit,
            "ConsistentRead": consistent,
        }
        if keys is not None:
            payload["KeyConditionExpression"] = keys.expression(names)
            payload["ScanIndexForward"] = not reverse
        if filter is not None:
            payload["FilterExpression"] = names.condition(filter)
        if index is not None:
            payload["IndexName"] = index
        if start is not None:
            payload["ExclusiveStartKey"] = start
        answer = await self._call("Scan" if keys is None else "Query", {**payload, **names.payload()})
        items, last = answer.get("Items", []), answer.get("LastEvaluatedKey")
        return WirePage(items, answer.get("ScannedCount", len(items)), None if last is None else sendable(last))

    # Writing

    async def write(self, write: Put | Update | Delete) -> None:
        """Do one write. Raises StoreError, `ConditionalCheckFailedException` where its condition does not hold."""
        if isinstance(write, Update) and any(isinstance(change, Add) for change in write.changes.values()):
            await self._write_once(write)
        else:
            await self._call(operation_of(write), {**payload_of(self.name, write), "ReturnValues": "NONE"})

    async def _write_once(self, write: Update) -> None:
        """A write that comes to something else when it is done twice: a transaction of its own, whose token the SDK sends again with
        it where an answer was lost.
        """
        try:
            await self.transact([(self.name, write)], str(uuid4()))
        except StoreError as error:
            if not error.reasons:
                raise
            code = CODES.get(error.reasons[0], error.reasons[0])
            failure = StoreError("UpdateItem", code, error.request_id, retryable=code in RETRYABLE)
        else:
            return
        raise failure

    async def transact(self, writes: Sequence[tuple[str, Write]], token: str | None) -> None:
        """Do all of these writes, each to a table, or none.

        Raises StoreError; the `reasons` of a cancelled one are in the order of the writes.
        """
        payload: dict[str, Any] = {"TransactItems": [transact_item(table, each) for table, each in writes]}
        if token is not None:
            payload["ClientRequestToken"] = token
        await self._call("TransactWriteItems", payload)

    # The table itself

    async def describe(self) -> Mapping[str, Any] | None:
        """What DescribeTable tells of the table; None where there is none."""
        try:
            answer = await self._call("DescribeTable", {"TableName": self.name})
        except StoreError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        return answer["Table"]  # type: ignore[no-any-return]

    async def time_to_live(self) -> str | None:
        """The attribute by which DynamoDB deletes items; None where it does not."""
        answer = await self._call("DescribeTimeToLive", {"TableName": self.name})
        found = answer.get("TimeToLiveDescription", {})
        return found.get("AttributeName") if found.get("TimeToLiveStatus") in ("ENABLED", "ENABLING") else None

    async def enable_time_to_live(self, attribute: str) -> None:
        """Let DynamoDB delete items whose time, in seconds, is past."""
        await self._call(
            "UpdateTimeToLive", {"TableName": self.name, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": attribute}}
        )

    # For development and tests

    async def create(self, request: Mapping[str, Any]) -> None:
        """Create the table as CreateTable takes it, and wait until it is active."""
        await self._call("CreateTable", {**request, "TableName": self.name})
        for _ in range(600):
            found = await self.describe()
            if found is not None and found["TableStatus"] == "ACTIVE":
                return
            await asyncio.sleep(0.2)
        raise StoreError("CreateTable", "NotActive", hint="the table is still being created")

    async def delete(self) -> None:
        """Delete the table, with all that is in it."""
        await self._call("DeleteTable", {"TableName": self.name})

    async def put_all(
        self, items: Iterable[WireItem], written: Callable[[int], None] = lambda count: None, *, key: Sequence[str] = ()
    ) -> None:
        """Write items in batches and in order, unprocessed ones again; `written` is told how many more are stored.

        key: the table's key attributes. Of two items with one key, the later one stays.
        """
        batch: dict[str, WireItem] = {}
        for number, item in enumerate(items):
            identity = repr([item.get(name) for name in key]) if key else str(number)
            if len(batch) == WRITTEN_AT_ONCE or identity in batch:  # DynamoDB refuses a batch with a key twice
                await self._put_batch(list(batch.values()))
                written(len(batch))
                batch = {}
            batch[identity] = item
        if batch:
            await self._put_batch(list(batch.values()))
            written(len(batch))

    async def _put_batch(self, items: Sequence[WireItem]) -> None:
        requests: list[Any] = [{"PutRequest": {"Item": item}} for item in items]
        for attempt in range(ATTEMPTS):
            answer = await self._call("BatchWriteItem", {"RequestItems": {self.name: requests}})
            unprocessed = answer.get("UnprocessedItems", {}).get(self.name, [])
            if not unprocessed:
                return
            requests = [{"PutRequest": {"Item": sendable(each["PutRequest"]["Item"])}} for each in unprocessed]
            await pause(attempt)
        raise StoreError("BatchWriteItem", "UnprocessedItems", retryable=True)


async def pause(attempt: int, first: float = 0.05, longest: float = 5) -> None:
    """Wait before another attempt: twice as many seconds each time, up to half of them less by chance."""
    # By chance: those who were refused together do not come back together.
    await asyncio.sleep(min(first * 2**attempt, longest) * random.uniform(0.5, 1))


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def sendable(item: Mapping[str, Any]) -> WireItem:
    """An item of an answer as a request takes it: answers hold bytes in base64, requests hold them as they are."""
    return {name: sendable_value(value) for name, value in item.items()}


def sendable_value(value: Mapping[str, Any]) -> dict[str, Any]:
    """One attribute value of an answer as a request takes it."""
    ((tag, held),) = value.items()
    match tag:
        case "B":
            return {tag: base64.b64decode(held)}
        case "BS":
            return {tag: [base64.b64decode(each) for each in held]}
        case "L":
            return {tag: [sendable_value(each) for each in held]}
        case "M":
            return {tag: sendable(held)}
        case _:
            return {tag: held}


@dataclass(frozen=True, slots=True)
class _Way:
    transport: Transport
    generator: AsyncGenerator[Transport, None]
