import os

import boto3
from boto3.dynamodb.conditions import Attr, Key
from cryptography.fernet import Fernet, InvalidToken
from fastapi import FastAPI, HTTPException, Request
from mangum import Mangum
from pydantic import BaseModel, NonNegativeInt

TABLE = os.environ["TABLE_NAME"]
app = FastAPI(root_path=os.environ.get("STAGE", ""))
table = boto3.resource("dynamodb").Table(TABLE)
fernet = Fernet(os.environ.get("CURSOR_KEY", Fernet.generate_key()))


def subject(request: Request) -> str:
    """Who asks, as the gateway's authorizer has verified it."""
    return request.scope["aws.event"]["requestContext"]["authorizer"]["claims"]["sub"]


class Claim(BaseModel):
    text: str
    amount: NonNegativeInt


@app.get("/claims")
def claims(request: Request):
    params = request.query_params
    pk = "USER#" + subject(request)
    kwargs = {"KeyConditionExpression": Key("pk").eq(pk)}
    if "startKey" in params:
        try:
            kwargs["ExclusiveStartKey"] = {"pk": pk, "sk": fernet.decrypt(params["startKey"].encode(), ttl=900).decode()}
        except InvalidToken:
            raise HTTPException(400) from None
    if "where" in params:
        kwargs["FilterExpression"] = Attr("text").contains(params["where"])
    page = table.query(**kwargs)
    key = page.get("LastEvaluatedKey")
    return {
        "claims": [{"text": item["text"], "amount": int(item["amount"])} for item in page["Items"]],
        "startKey": fernet.encrypt(key["sk"].encode()).decode() if key else None,
    }


@app.post("/claims/{claim_id}")
def file(claim_id: int, claim: Claim, request: Request):
    table.put_item(Item={"pk": "USER#" + subject(request), "sk": f"CLAIM#{claim_id}", "approved": False, **claim.model_dump()})
    return {"filed": claim_id}


@app.get("/users/{user_id}/claims/{claim_id}")
def one(user_id: str, claim_id: int, request: Request):
    if user_id != (me := subject(request)):
        raise HTTPException(404)
    found = table.get_item(Key={"pk": f"USER#{me}", "sk": f"CLAIM#{claim_id}"})
    item = found.get("Item") or {}
    return {"text": item.get("text"), "account": "…" + item.get("bank_account", "")[-4:]}


handler = Mangum(app, lifespan="off")
