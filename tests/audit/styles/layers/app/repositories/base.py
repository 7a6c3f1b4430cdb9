from abc import ABC, abstractmethod
from typing import Generic, TypeVar, Optional
from app.core.db import get_table

T = TypeVar("T")


class Repository(ABC):
    @abstractmethod
    def get(self, id: str) -> Optional[dict]: ...

    @abstractmethod
    def list(self): ...


class DynamoRepository(Repository):
    table_name: str = ""
    pk = "id"

    def __init__(self):
        self.table = get_table(self.table_name)

    def get(self, id: str) -> Optional[dict]:
        return self.table.get_item(Key={self.pk: id}).get("Item")  # finding: unvalidated-key

    def list(self):
        return self.table.scan()["Items"]  # finding: scan-behind-route

    def save(self, entity: dict):
        self.table.put_item(Item=entity)  # finding: mass-assignment
        return entity
