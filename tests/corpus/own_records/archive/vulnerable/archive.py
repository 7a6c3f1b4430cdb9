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
def read(doc_id: int, me: Me, db: Database = Depends()):  # finding: unowned-item
    return {"title": db.docs.get_item(Key={"doc_id": doc_id})["Item"]["title"]}


@app.get("/status/{doc_id}")
def status(doc_id: int, db: Database = Depends()):  # finding: unauthenticated-route
    return {"status": db.docs.get_item(Key={"doc_id": doc_id})["Item"]["state"]}


@app.get("/mine")
def mine(me: Me, db: Database = Depends()):
    return {"titles": [each["title"] for each in db.docs.query(KeyConditionExpression=Key("owner").eq(me.name))["Items"]]}


@app.get("/me")
def who(me: Me):
    return me  # finding: sensitive-attribute-in-response


@app.post("/docs")
def add(doc: dict, tasks: BackgroundTasks, me: Me, db: Database = Depends()):
    def save(item):
        db.docs.put_item(Item=item)  # finding: mass-assignment

    tasks.add_task(save, doc)
    return {"queued": True}


@app.put("/docs/{doc_id}")
def replace(doc_id: int, title: str, me: Me, db: Database = Depends()):  # finding: unowned-item
    db.docs.put_item(Item={"doc_id": doc_id, "title": title, "changed_by": me.name})
    return {"replaced": doc_id}


@app.delete("/docs/{doc_id}")
def remove(doc_id: int, me: Me, db: Database = Depends()):  # finding: unowned-item
    try:
        db.docs.delete_item(Key={"doc_id": doc_id})
    except ClientError as error:
        raise HTTPException(500, error.response["Error"]["Message"])  # finding: exception-text-returned
    return {"removed": doc_id}
