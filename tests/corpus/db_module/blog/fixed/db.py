"""Everything that talks to DynamoDB."""

import os

import boto3
from boto3.dynamodb.conditions import Attr, Key

dynamodb = boto3.resource("dynamodb", region_name=os.environ.get("AWS_REGION", "eu-west-3"))


def get_item(table, only, **key):
    names = {f"#{i}": name for i, name in enumerate(only)}
    found = dynamodb.Table(table).get_item(Key=key, ProjectionExpression=", ".join(names), ExpressionAttributeNames=names)
    return found.get("Item")


def query(table, partition, **conditions):
    """Find items of a partition by attributes that our own code names."""
    name, value = partition
    wanted = {}
    for attribute, text in conditions.items():
        wanted["FilterExpression"] = Attr(attribute).eq(text)
    return dynamodb.Table(table).query(KeyConditionExpression=Key(name).eq(value), **wanted)["Items"]


def put(table, item):
    dynamodb.Table(table).put_item(Item=item)
    return item
