import os

import boto3

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
    result = table("tickets").get_item(Key={"ticket_id": ticket_id})  # finding: unvalidated-key
    return result.get("Item")


def load_all(**filters):
    found = []
    args = {}
    if filters.get("where"):
        args["FilterExpression"] = filters["where"]
    while True:
        page = table("tickets").scan(**args)  # finding: scan-behind-route, expression-injection
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        args["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def store(ticket):
    table("tickets").put_item(Item=ticket)  # finding: mass-assignment
