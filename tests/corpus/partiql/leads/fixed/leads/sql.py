import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

client = boto3.client("dynamodb")
_from, _to = TypeDeserializer(), TypeSerializer()


def run(statement, *values, **more):
    if values:
        more["Parameters"] = [_to.serialize(value) for value in values]
    answer = client.execute_statement(Statement=statement, **more)
    return [{k: _from.deserialize(v) for k, v in item.items()} for item in answer["Items"]]
