import base64
import json
import os

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import FastAPI, HTTPException, Request
from mangum import Mangum
from pydantic import BaseModel

TABLE = os.environ["TABLE_NAME"]
app = FastAPI(root_path=os.environ.get("STAGE", ""))
table = boto3.resource("dynamodb").Table(TABLE)


def subject(request: Request) -> str:
    """Who asks, as the gateway's authorizer has verified it."""
    return request.scope["aws.event"]["requestContext"]["authorizer"]["claims"]["sub"]


class Claim(BaseModel):
    text: str
    amount: int
    approved: bool = False
    tenant_id: str = "default"


@app.get("/claims")
def claims(request: Request):
    params = request.query_params
    kwargs = {"KeyConditionExpression": Key("pk").eq("USER#" + subject(request))}
    if "startKey" in params:
        kwargs["ExclusiveStartKey"] = json.loads(base64.b64decode(params["startKey"]))
    if "where" in params:
        kwargs["FilterExpression"] = params["where"]
    page = table.query(**kwargs)  # finding: raw-cursor, expression-injection
    key = page.get("LastEvaluatedKey")
    return {  # finding: whole-item-returned, raw-cursor
        "claims": page["Items"],
        "startKey": base64.b64encode(json.dumps(key).encode()).decode() if key else None,
    }


@app.post("/claims/{claim_id}")
def file(claim_id: int, claim: Claim, request: Request):
    table.put_item(Item={"pk": "USER#" + subject(request), "sk": f"CLAIM#{claim_id}", **claim.model_dump()})  # finding: mass-assignment
    return {"filed": claim_id}


@app.get("/users/{user_id}/claims/{claim_id}")
def one(user_id: str, claim_id: str, request: Request):  # finding: unowned-item
    subject(request)
    try:
        found = table.get_item(Key={"pk": f"USER#{user_id}", "sk": f"CLAIM#{claim_id}"})  # finding: unvalidated-key
    except Exception as error:
        raise HTTPException(500, str(error))  # finding: exception-text-returned
    item = found.get("Item") or {}
    return {"text": item.get("text"), "bank_account": item.get("bank_account"), "diagnosis": item.get("diagnosis")}  # finding: sensitive-attribute-in-response


handler = Mangum(app, lifespan="off")
