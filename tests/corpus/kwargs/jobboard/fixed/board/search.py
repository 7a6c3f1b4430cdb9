import boto3
from boto3.dynamodb.conditions import Attr, Key

table = boto3.resource("dynamodb").Table("jobs")
FIELDS = ("job_id", "title")


def build(params):
    kwargs = {"IndexName": "by_town", "KeyConditionExpression": Key("town").eq(params.town.value)}
    conditions = []
    if params.min_pay is not None:
        conditions.append(Attr("pay").gte(params.min_pay))
    if params.text:
        conditions.append(Attr("title").contains(params.text))
    for condition in conditions:
        kwargs["FilterExpression"] = kwargs["FilterExpression"] & condition if "FilterExpression" in kwargs else condition
    kwargs["Limit"] = min(params.page_size or 10, 50)
    kwargs["ProjectionExpression"] = ",".join(FIELDS)
    if params.after:
        kwargs["ExclusiveStartKey"] = {"job_id": str(params.after), "town": params.town.value}
    return kwargs


def run(params):
    operation = "query"
    return getattr(table, operation)(**build(params))


def job(job_id):
    return table.get_item(Key={"job_id": job_id}, ProjectionExpression="employer").get("Item", {})


def applications(job_id):
    return table.query(IndexName="applications", KeyConditionExpression=Key("job_id").eq(job_id))
