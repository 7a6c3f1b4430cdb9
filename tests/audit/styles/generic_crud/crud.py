from typing import Any, Generic, Type, TypeVar
import boto3
from boto3.dynamodb.conditions import Key
from pydantic import BaseModel
from settings import get_settings

M = TypeVar("M", bound=BaseModel)


class CRUDBase(Generic[M]):
    def __init__(self, model: Type[M], table_name: str):
        self.model = model
        self._table_name = table_name
        self._client = None

    @property
    def table(self):
        if not self._client:
            self._client = boto3.resource("dynamodb", endpoint_url=get_settings().endpoint)
        return self._client.Table(self._table_name)

    def get(self, id: Any):
        result = self.table.get_item(Key={"id": id})  # finding: unvalidated-key
        if not (item := result.get("Item")):
            return None
        return self.model(**item)

    def get_raw(self, id: Any):
        return self.table.get_item(Key={"id": id}).get("Item")

    def get_multi(self, *, limit: int = 100):
        return [self.model.parse_obj(i) for i in self.table.scan(Limit=limit)["Items"]]  # finding: scan-behind-route, raw-cursor

    def create(self, obj_in: BaseModel):
        data = obj_in.dict()
        self.table.put_item(Item=data)  # finding: mass-assignment
        return self.model(**data)

    def update(self, id, obj_in):
        changes = obj_in if isinstance(obj_in, dict) else obj_in.dict(exclude_unset=True)
        sets = []
        values = {}
        names = {}
        for field in changes:
            sets.append(f"#{field} = :{field}")
            values[f":{field}"] = changes[field]
            names[f"#{field}"] = field
        return self.table.update_item(  # finding: mass-assignment
            Key={"id": id},
            UpdateExpression=f"SET {', '.join(sets)}",
            ExpressionAttributeValues=values,
            ExpressionAttributeNames=names,
            ReturnValues="ALL_NEW",
        )["Attributes"]
