import os
from typing import Annotated

import boto3
import jwt
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Security
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from pydantic import BaseModel


class Clerk(BaseModel):
    name: str
    disabled: bool = False
    password_hash: str


class Doc(BaseModel):
    title: str


class Database:
    def __init__(self):
        self.clerks = boto3.resource("dynamodb").Table("clerks")
        self.docs = boto3.resource("dynamodb").Table("docs")

    def clerk(self, name: str) -> Clerk | None:
        found = self.clerks.get_item(Key={"name": name})
        if "Item" in found:
            return Clerk(**found["Item"])
        return None


class Door:
    def __init__(self, key: str):
        self.key = key

    def clerk(self, scopes: SecurityScopes, token: str = Depends(OAuth2PasswordBearer(tokenUrl="token")), db: Database = Depends()) -> Clerk:
        try:
            clerk = db.clerk(jwt.decode(token, self.key, algorithms=["HS256"])["sub"])
        except jwt.PyJWTError:
            raise HTTPException(401) from None
        if clerk is None:
            raise HTTPException(401)
        if clerk.disabled:
            raise HTTPException(403, "no longer with us")
        return clerk


door = Door(os.environ["KEY"])
Me = Annotated[Clerk, Security(door.clerk, scopes=["docs"])]
app = FastAPI()


@app.get("/docs/{doc_id}")
def read(doc_id: int, me: Me, db: Database = Depends()):
    found = db.docs.get_item(Key={"doc_id": doc_id}).get("Item")
    if found is None or found["owner"] != me.name:
        raise HTTPException(404)
    return {"title": found["title"]}


@app.get("/status")
def status(db: Database = Depends()):
    return {"up": "Item" in db.docs.get_item(Key={"doc_id": 0}, ProjectionExpression="doc_id")}


@app.get("/mine")
def mine(me: Me, db: Database = Depends()):
    return {"titles": [each["title"] for each in db.docs.query(KeyConditionExpression=Key("owner").eq(me.name))["Items"]]}


@app.get("/me")
def who(me: Me):
    return {"name": me.name}


@app.post("/docs")
def add(doc: Doc, tasks: BackgroundTasks, me: Me, db: Database = Depends()):
    def save(item):
        db.docs.put_item(Item=item)

    tasks.add_task(save, {"title": doc.title, "owner": me.name})
    return {"queued": True}


@app.put("/docs/{doc_id}")
def replace(doc_id: int, title: str, me: Me, db: Database = Depends()):
    db.docs.put_item(
        Item={"doc_id": doc_id, "title": title, "owner": me.name, "changed_by": me.name},
        ConditionExpression="attribute_not_exists(doc_id) OR #o = :me",
        ExpressionAttributeNames={"#o": "owner"},
        ExpressionAttributeValues={":me": me.name},
    )
    return {"replaced": doc_id}


@app.delete("/docs/{doc_id}")
def remove(doc_id: int, me: Me, db: Database = Depends()):
    try:
        db.docs.delete_item(
            Key={"doc_id": doc_id},
            ConditionExpression="#o = :me",
            ExpressionAttributeNames={"#o": "owner"},
            ExpressionAttributeValues={":me": me.name},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise HTTPException(404) from None
        raise HTTPException(500, f"not removed ({error.response['Error']['Code']}, {type(error).__name__})") from None
    return {"removed": doc_id}
