import boto3
from boto3.dynamodb.conditions import Key

_table = boto3.resource("dynamodb").Table("customers")


class CustomerRepository:
    def by_email(self, email: str):
        found = _table.query(IndexName="by_email", KeyConditionExpression=Key("email").eq(email), Limit=1)
        return found["Items"][0] if found["Items"] else None
