"""Floor 2: the store, and the one door to AWS's SDK."""

from discreet.dynamodb.store import KeyRange, Store
from discreet.dynamodb.transport import Credentials, Endpoint, Transport

__all__ = ["Credentials", "Endpoint", "KeyRange", "Store", "Transport"]
