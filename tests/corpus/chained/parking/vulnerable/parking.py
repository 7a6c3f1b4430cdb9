from datetime import date

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import FastAPI, Query, Request

app = FastAPI()


@app.get("/spots/{spot}")
def spot(spot: str):  # finding: unauthenticated-route
    return boto3.resource("dynamodb").Table("spots").get_item(Key={"spot": spot}).get("Item") or {}  # finding: unvalidated-key, whole-item-returned


@app.get("/spots")
def spots():  # finding: unauthenticated-route
    return {"spots": boto3.Session().resource("dynamodb").Table("spots").scan().get("Items", [])}  # finding: scan-behind-route, whole-item-returned


@app.get("/permits/{plate}")
def permit(plate: str, day: date | None = None):  # finding: unauthenticated-route
    return [  # finding: sensitive-attribute-in-response
        {"plate": p["plate"], "card_number": p["card_number"]}
        for p in boto3.resource("dynamodb").Table("permits").query(  # finding: unvalidated-key
            KeyConditionExpression=Key("pk").eq("#".join(["PERMIT", plate, str(day)]))
        )["Items"]
    ]


@app.get("/fees")
def fees(since: str = Query("2020"), order: str = "amount"):  # finding: unauthenticated-route
    rows = boto3.client("dynamodb").query(  # finding: expression-injection
        TableName="fees",
        KeyConditionExpression="city = :c",
        FilterExpression="%s > :s" % order,
        ExpressionAttributeValues={":c": {"S": "basel"}, ":s": {"S": since}},
    )["Items"]
    return [row["amount"]["N"] for row in rows]


@app.put("/spots/{spot}")
async def save(spot: int, request: Request):  # finding: unauthenticated-route
    boto3.resource("dynamodb").Table("spots").put_item(Item=dict(await request.json(), spot=spot))  # finding: mass-assignment
    return {"saved": spot}
