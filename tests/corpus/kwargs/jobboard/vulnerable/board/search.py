import boto3
from boto3.dynamodb.conditions import Key

table = boto3.resource("dynamodb").Table("jobs")


def build(params):
    kwargs = {}
    names, values, parts = {}, {}, []
    if params.town:
        kwargs["IndexName"] = "by_town"
        kwargs["KeyConditionExpression"] = Key("town").eq(params.town)
    if params.min_pay is not None:
        parts.append("pay >= :pay")
        values[":pay"] = params.min_pay
    if params.extra:
        parts.append(params.extra)
    if parts:
        kwargs["FilterExpression"] = " AND ".join(parts)
    if names:
        kwargs["ExpressionAttributeNames"] = names
    if values:
        kwargs["ExpressionAttributeValues"] = values
    if params.page_size:
        kwargs["Limit"] = params.page_size
    if params.next:
        kwargs["ExclusiveStartKey"] = {"job_id": params.next["job_id"], "town": params.next["town"]}
    return kwargs


def run(params):
    kwargs = build(params)
    operation = "query" if "KeyConditionExpression" in kwargs else "scan"  # arguable: scan-behind-route
    return getattr(table, operation)(**kwargs)  # finding: scan-behind-route, expression-injection, raw-cursor, unvalidated-key


def applications(job_id):
    return table.query(IndexName="applications", KeyConditionExpression=Key("job_id").eq(job_id))
