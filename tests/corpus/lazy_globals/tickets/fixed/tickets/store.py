import os

import boto3
from boto3.dynamodb.conditions import Attr, Key

_resource = None
_tables = {}


def resource():
    global _resource
    if _resource is None:
        kwargs = {}
        if os.environ.get("DYNAMO_URL"):
            kwargs["endpoint_url"] = os.environ["DYNAMO_URL"]
        _resource = boto3.resource("dynamodb", **kwargs)
    return _resource


def table(name):
    if name not in _tables:
        _tables[name] = resource().Table(name)
    return _tables[name]


def load(ticket_id):
    result = table("tickets").get_item(Key={"ticket_id": ticket_id})
    return result.get("Item")


def load_open(**filters):
    found = []
    args = {"IndexName": "by_state", "KeyConditionExpression": Key("state").eq("open"), "ProjectionExpression": "ticket_id, subject"}
    if filters.get("where"):
        args["FilterExpression"] = Attr("subject").contains(filters["where"])
    while len(found) < 500:
        page = table("tickets").query(**args)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
        args["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    return found


def store(ticket):
    table("tickets").put_item(Item=ticket)
