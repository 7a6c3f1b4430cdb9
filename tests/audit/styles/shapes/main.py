import os
from typing import Generic, List, Optional, TypeVar, Type, Union

import boto3
from boto3.dynamodb.conditions import Key, Attr
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Path, Request, status, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, field_validator, constr

T = TypeVar("T")


class ApiResponse(BaseModel, Generic[T]):
    success: bool = True
    data: Optional[T] = None


class Product(BaseModel):
    id: str
    name: str
    cost: float = 0


class UserDB(BaseModel):
    id: str
    email: str
    hashed_password: str


class Create(BaseModel):
    code: constr(min_length=1, max_length=10)
    name: str = Field(max_length=30)
    slug: str

    @field_validator("slug")
    @classmethod
    def ok(cls, v):
        if not v.isalnum():
            raise ValueError("no")
        return v


app = FastAPI()
TABLE = os.environ["TABLE"]


def get_table():
    return boto3.resource("dynamodb").Table(TABLE)


@app.exception_handler(RequestValidationError)
async def invalid(request: Request, exc: RequestValidationError):
    message = f"{exc}".replace("\n", " ")
    return JSONResponse({"message": message}, status_code=422)  # finding: exception-text-returned


@app.get("/wrapped/{pid}", response_model=ApiResponse[Product])
def wrapped(pid: int, table=Depends(get_table)):  # finding: unauthenticated-route
    return ApiResponse(data=table.get_item(Key={"id": pid})["Item"])


@app.get("/excluded/{pid}", response_model=UserDB, response_model_exclude={"hashed_password"})
def excluded(pid: int, table=Depends(get_table)):  # finding: unauthenticated-route
    return table.get_item(Key={"id": pid})["Item"]


@app.get("/included/{pid}", response_model=UserDB, response_model_include={"id", "email"})
def included(pid: int, table=Depends(get_table)):  # finding: unauthenticated-route
    return table.get_item(Key={"id": pid})["Item"]


@app.get("/user/{pid}", response_model=UserDB)
def user(pid: int, table=Depends(get_table)):  # finding: unauthenticated-route
    item = table.get_item(Key={"id": pid}).get("Item")
    if item is None:
        return JSONResponse(status_code=404, content={"message": "no"})
    return item  # finding: sensitive-attribute-in-response


@app.post("/create")
def create(body: Create, table=Depends(get_table)):  # finding: unauthenticated-route
    found = table.get_item(Key={"pk": body.code, "sk": body.slug})
    if found.get("Item"):
        raise HTTPException(status.HTTP_409_CONFLICT)
    table.put_item(Item=body.model_dump())
    return body


@app.get("/key/{name}")
def key(name: str, table=Depends(get_table)):  # finding: unauthenticated-route
    if len(name) > 40:
        raise HTTPException(400)
    return {"n": table.get_item(Key={"pk": name})["Item"]["n"]}


@app.get("/key2/{name}/{other}")
def key2(name: str = Path(..., max_length=9), other: str = Path(..., max_length=9), table=Depends(get_table)):  # finding: unauthenticated-route
    return {"n": table.get_item(Key={"pk": f"{name}#{other}"})["Item"]["n"]}  # finding: unvalidated-key


@app.get("/multi")
def multi(ids: List[str] = Query(...), table=Depends(get_table)):  # finding: unauthenticated-route
    client = boto3.resource("dynamodb")
    res = client.batch_get_item(RequestItems={TABLE: {"Keys": [{"id": i} for i in ids]}})  # finding: unvalidated-key
    return res["Responses"][TABLE]  # finding: whole-item-returned


@app.get("/count")
def count(table=Depends(get_table)):  # finding: unauthenticated-route
    r = table.query(KeyConditionExpression=Key("a").eq("b"), Select="COUNT")
    return r["Count"]


@app.get("/meta")
def meta(table=Depends(get_table)):
    return {"n": table.item_count}


@app.post("/tx")
def tx(body: Create, table=Depends(get_table)):  # finding: unauthenticated-route
    client = boto3.client("dynamodb")
    client.transact_write_items(TransactItems=[{"Put": {"TableName": TABLE, "Item": {"pk": {"S": body.code}}}}])
    return {"ok": True}


@app.get("/text/{pid}")
def text(pid: int, table=Depends(get_table)) -> Response:  # finding: unauthenticated-route
    item = table.get_item(Key={"id": pid})["Item"]
    return Response(f"{item['name']}", media_type="text/plain")


@app.get("/session")
def session(request: Request, table=Depends(get_table)):
    sid = request.cookies.get("sid")
    s = table.get_item(Key={"sid": sid}).get("Item")
    if not s:
        raise HTTPException(401)
    mine = table.query(KeyConditionExpression=Key("owner").eq(s["user_id"]))["Items"]
    return {"n": [m["n"] for m in mine]}


@app.get("/docs-json")
def nothing():
    return {}


@app.websocket("/ws")
async def ws(websocket):
    await websocket.accept()
