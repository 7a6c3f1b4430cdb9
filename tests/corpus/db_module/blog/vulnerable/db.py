"""Everything that talks to DynamoDB."""

import os

import boto3
from boto3.dynamodb.conditions import Attr

dynamodb = boto3.resource("dynamodb", region_name=os.environ.get("AWS_REGION", "eu-west-3"))


def get_item(table, **key):
    return dynamodb.Table(table).get_item(Key=key).get("Item")  # finding: unvalidated-key


def query(table, **conditions):
    """Find items by any attribute."""
    wanted = None
    for name, value in conditions.items():
        wanted = Attr(name).eq(value) if wanted is None else wanted & Attr(name).eq(value)
    handle = dynamodb.Table(table)
    return (handle.scan(FilterExpression=wanted) if wanted is not None else handle.scan())["Items"]  # finding: scan-behind-route, expression-injection


def put(table, item):
    dynamodb.Table(table).put_item(Item=item)  # finding: mass-assignment
    return item
