"""The way to DynamoDB: an operation and a payload in, the raw bytes of the answer out.

The ordinary transport is a botocore client that is kept from parsing answers: on `before-parse` the body of a
200 is taken aside, and botocore parses an empty object. Retries, signing, credentials and checksums stay its own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple, Protocol

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError, NoRegionError, PartialCredentialsError
from botocore.exceptions import ConnectionError as BotocoreConnectionError
from botocore.loaders import Loader, create_loader

from discreet.errors import ConfigurationError, StoreError
from discreet.loopback import is_loopback

__all__ = ["Credentials", "Endpoint", "Transport", "open_transport"]

BODY: Final = "RawBody"
FAILED: Final = "ConditionalCheckFailedException"
"""DynamoDB's code where a write's condition does not hold."""
TOO_LARGE: Final = "ItemTooLarge"
"""Stands for DynamoDB's ValidationException about more than 400 KB in an item, or 4 MB in a transaction."""
IN_TRANSACTION: Final = "TransactionConflictException"
"""DynamoDB's code where a transaction is just about to write the same item."""
OVERFLOW: Final = "NumberOverflow"
"""Stands for DynamoDB's ValidationException about a number beyond 38 digits, which a sum can become."""
CODES: Final = {
    "ConditionalCheckFailed": FAILED,
    "TransactionConflict": IN_TRANSACTION,
    "ThrottlingError": "ThrottlingException",
    "ProvisionedThroughputExceeded": "ProvisionedThroughputExceededException",
}
"""The codes of single writes, by the reasons of transactions."""
RETRYABLE: Final = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        IN_TRANSACTION,
        "TransactionInProgressException",
    }
)


class Credentials(NamedTuple):
    """Access keys, where the AWS defaults (environment, profile, role) are not meant."""

    access_key: str
    secret_key: str
    token: str | None = None

    def __repr__(self) -> str:
        return "<Credentials>"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the table is. What is None is found as AWS clients find it."""

    region: str | None = None
    url: str | None = None
    credentials: Credentials | None = None


class Transport(Protocol):
    """One open way to DynamoDB. Values in payloads are as botocore takes them (bytes for B); answers are JSON."""

    @property
    def url(self) -> str:
        """Where it leads."""
        ...

    async def send(self, operation: str, payload: Mapping[str, Any]) -> bytes:
        """Do one operation. Raises StoreError with DynamoDB's code and request id, and nothing else of its answer."""
        ...


async def open_transport(endpoint: Endpoint, stack: AsyncExitStack) -> Transport:
    """Open the ordinary transport, which `stack` closes. Raises ConfigurationError for settings that can not be used."""
    session = get_session()
    session.register("before-parse.dynamodb", _take_body)
    url = endpoint.url or os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL")
    region, credentials = endpoint.region, endpoint.credentials
    try:
        session.register_component("data_loader", _descriptions(session.get_config_variable("data_path")))
        if url is not None and is_loopback(url):
            region, credentials = await _local_defaults(session, region, credentials)
        opened = session.create_client(
            "dynamodb",
            region_name=region,
            endpoint_url=endpoint.url,
            aws_access_key_id=credentials and credentials.access_key,
            aws_secret_access_key=credentials and credentials.secret_key,
            aws_session_token=credentials and credentials.token,
            config=AioConfig(
                connect_timeout=5,
                read_timeout=20,
                max_pool_connections=100,
                parameter_validation=False,
                retries={"mode": "standard", "total_max_attempts": 4},
            ),
        )
        return BotocoreTransport(await stack.enter_async_context(opened))
    except NoRegionError:
        raise ConfigurationError("no AWS region is set", hint="set AWS_DEFAULT_REGION, or give `Table(..., region=...)`") from None
    except (BotoCoreError, ValueError) as error:
        problem = type(error).__name__
    raise ConfigurationError(
        f"AWS's configuration can not be used: {problem}", hint="look at AWS_PROFILE, its files, and the endpoint's URL"
    )


@cache
def _descriptions(data_path: str | None) -> Loader:
    """What the SDK knows of services and endpoints: megabytes of JSON, read once for all tables and loops of a process."""
    return create_loader(data_path)


async def _local_defaults(session: AioSession, region: str | None, credentials: Credentials | None) -> tuple[str, Credentials | None]:
    """An engine on this machine takes any region and keys; do not go looking for a role of the machine's."""
    resolver = session.get_component("credential_provider")
    resolver.providers[:] = [each for each in resolver.providers if each.METHOD not in ("iam-role", "container-role")]
    if credentials is None and await session.get_credentials() is None:
        credentials = Credentials("local", "local")
    return region or session.get_config_variable("region") or "us-east-1", credentials


def _take_body(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    # Emitted by botocore and aiobotocore, though not in botocore's list of events: pinned by a contract test.
    if response_dict["status_code"] == 200:
        customized_response_dict[BODY] = response_dict["body"]
        response_dict["body"] = b"{}"


class BotocoreTransport:
    """The ordinary transport, over a client of our own."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @property
    def url(self) -> str:
        """Where it leads."""
        return str(self._client.meta.endpoint_url)

    async def send(self, operation: str, payload: Mapping[str, Any]) -> bytes:
        """Do one operation; see `Transport.send`."""
        try:
            answer = await getattr(self._client, _SNAKE[operation])(**payload)
            return answer[BODY]  # type: ignore[no-any-return]
        except (BotoCoreError, ClientError, OSError, ValueError) as error:
            failure = _failure(operation, error)
        # Raised outside of the handler: the SDK's error, whose text may hold values, is not even its context.
        raise failure


_HINTS: Final = {
    "ResourceNotFoundException": "create the table: `await table.create(Entity)`, or your own template",
    "ResourceInUseException": "the table is there already; `await table.delete()` removes it",
}
_SNAKE: Final = {
    "BatchGetItem": "batch_get_item",
    "BatchWriteItem": "batch_write_item",
    "CreateTable": "create_table",
    "DeleteItem": "delete_item",
    "DeleteTable": "delete_table",
    "DescribeTable": "describe_table",
    "DescribeTimeToLive": "describe_time_to_live",
    "GetItem": "get_item",
    "PutItem": "put_item",
    "Query": "query",
    "Scan": "scan",
    "TransactWriteItems": "transact_write_items",
    "UpdateItem": "update_item",
    "UpdateTimeToLive": "update_time_to_live",
}


def _failure(operation: str, error: Exception) -> StoreError:
    match error:
        case ClientError(response=response):
            code = str(response.get("Error", {}).get("Code", "Unknown"))
            request_id = response.get("ResponseMetadata", {}).get("RequestId")
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if code == "ValidationException":
                code = _told_by(response.get("Error", {})) or code
            reasons = [_reason(each) for each in response.get("CancellationReasons", ())]
            retryable = code in RETRYABLE or status >= 500
            return StoreError(operation, code, request_id, retryable=retryable, hint=_HINTS.get(code), reasons=reasons)
        case NoCredentialsError() | PartialCredentialsError():
            return StoreError(operation, "NoCredentials", hint="AWS finds no credentials: a profile, AWS_ACCESS_KEY_ID, or a role")
        case HTTPClientError() | BotocoreConnectionError() | OSError():
            return StoreError(operation, "Unreachable", retryable=True, hint="is the endpoint right, and its engine running?")
        case _:
            return StoreError(operation, type(error).__name__)


def _reason(given: Mapping[str, Any]) -> str:
    return _told_by(given) or str(given.get("Code", "None"))


def _told_by(error: Mapping[str, Any]) -> str | None:
    """What an error's message tells beyond its code: of many with one code, those that a client can bring about."""
    message = str(error.get("Message", "")).lower()
    if "item size" in message or ("transaction" in message and "size" in message):
        return TOO_LARGE
    return OVERFLOW if any(each in message for each in ("number overflow", "significant digits", "38 digits")) else None
