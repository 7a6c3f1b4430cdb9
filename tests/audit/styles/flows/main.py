import functools
import asyncio
from concurrent.futures import ThreadPoolExecutor
import boto3
from fastapi import FastAPI, HTTPException, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from boto3.dynamodb.types import TypeDeserializer
from pydantic import BaseModel

app = FastAPI(title="f")
client = boto3.client("dynamodb")
pool = ThreadPoolExecutor()
d = TypeDeserializer()


def handle_errors(func):
    @functools.wraps(func)
    async def wrapper(*args, **kwargs):
        try:
            return await func(*args, **kwargs)
        except HTTPException:
            raise
        except Exception as e:
            raise HTTPException(status_code=500, detail=str(e))  # finding: exception-text-returned
    return wrapper


def unmarshal(item):
    return {k: d.deserialize(v) for k, v in item.items()}


def error(status, message):
    return JSONResponse(status_code=status, content={"error": message})


class ServiceError(Exception):
    def __init__(self, message, cause=None):
        super().__init__(message)
        self.message = message


@app.exception_handler(ServiceError)
async def service_error(request: Request, exc: ServiceError):
    return JSONResponse(status_code=400, content={"error": exc.message})


@app.exception_handler(RequestValidationError)
async def invalid(request: Request, exc: RequestValidationError):
    return JSONResponse(status_code=422, content={"detail": exc.errors()})


@app.get("/low/{pk}")
@handle_errors
async def low(pk: int):  # finding: unauthenticated-route
    loop = asyncio.get_event_loop()
    res = await loop.run_in_executor(pool, functools.partial(client.get_item, TableName="t", Key={"pk": {"N": str(pk)}}))
    return unmarshal(res["Item"])  # finding: whole-item-returned


@app.get("/some/{pk}")
async def some(pk: int):  # finding: unauthenticated-route
    res = await asyncio.to_thread(client.get_item, TableName="t", Key={"pk": {"N": str(pk)}})
    item = res.get("Item")
    if not item:
        raise ServiceError(f"no item {pk}")
    return {"a": item["a"]["S"], "b": int(item["b"]["N"])}


def strip(item: dict) -> dict:
    item = dict(item)
    item.pop("password", None)
    return item


SAFE = ("id", "name")


@app.get("/stripped/{pk}")
async def stripped(pk: int):  # finding: unauthenticated-route
    res = client.get_item(TableName="t", Key={"pk": {"N": str(pk)}})
    item = unmarshal(res["Item"])
    return {k: item[k] for k in SAFE if k in item}


@app.get("/allowed/{pk}")
async def allowed(pk: int):  # finding: unauthenticated-route
    res = client.get_item(TableName="t", Key={"pk": {"N": str(pk)}})
    item = unmarshal(res["Item"])
    return {k: v for k, v in item.items() if k in SAFE}


@app.get("/exists/{pk}")
async def exists(pk: int):  # finding: unauthenticated-route
    try:
        res = client.get_item(TableName="t", Key={"pk": {"N": str(pk)}})
    except client.exceptions.ResourceNotFoundException as exc:
        return error(404, str(exc))  # finding: exception-text-returned
    return {"exists": "Item" in res}


@app.get("/err/{pk}")
async def err(pk: int):
    try:
        value = int("x")
    except ValueError as e:
        return error(400, "bad")
    return {"value": value}


class Repo:
    _instance = None

    def __new__(cls):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
            cls._instance.table = boto3.resource("dynamodb").Table("x")
        return cls._instance

    def fetch(self, **key):
        return self.table.get_item(Key=key).get("Item")  # finding: unvalidated-key


@app.get("/single/{name}")
async def single(name: str, repo: Repo = Depends(Repo)):  # finding: unauthenticated-route
    return repo.fetch(name=name)  # finding: whole-item-returned


class Holder:
    table = boto3.resource("dynamodb").Table("h")

    @classmethod
    def load(cls, key):
        return cls.table.get_item(Key={"k": key})["Item"]  # finding: unvalidated-key

    @staticmethod
    def everything():
        return Holder.table.scan()["Items"]  # finding: scan-behind-route


@app.get("/holder/{key}")
def holder(key: int):  # finding: unauthenticated-route
    return Holder.load(key)  # finding: whole-item-returned


@app.get("/holders")
def holders():  # finding: unauthenticated-route
    data = Holder.everything()
    result = []
    for row in data:
        result.append({"id": row["id"], "ssn": row.get("ssn")})
    return {"data": result}  # finding: sensitive-attribute-in-response


@app.post("/batch")
def batch(rows: list[dict]):  # finding: unauthenticated-route
    with Holder.table.batch_writer() as b:
        for row in rows:
            b.put_item(Item=row)  # finding: mass-assignment
    return {"n": len(rows)}


@app.post("/login")
def login(username: str, password: str):
    user = Holder.load(username)
    if user["password"] != password:
        raise HTTPException(401)
    return {"token": "x"}
