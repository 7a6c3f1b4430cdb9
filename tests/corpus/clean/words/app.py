"""Things that are called like DynamoDB and are not: a scanner, a dict, a search client, a queue."""

import os
import re
from secrets import compare_digest

import httpx
import redis
from fastapi import Depends, FastAPI, Header, HTTPException, UploadFile

cache = redis.Redis()
settings = {"theme": "dark"}


class Scanner:
    """Looks for viruses."""

    def scan(self, data: bytes) -> dict:
        return {"clean": b"EICAR" not in data, "Items": []}


class Table:
    """A table in a restaurant."""

    def __init__(self, number: int):
        self.number = number

    def get_item(self, Key: dict) -> dict:
        return {"Item": {"seat": Key["seat"], "table": self.number}}


def operator(x_key: str = Header()) -> None:
    if not compare_digest(x_key, os.environ["KEY"]):
        raise HTTPException(403)


app = FastAPI()
scanner = Scanner()


@app.post("/scan")
async def scan(file: UploadFile):
    return scanner.scan(await file.read())


@app.get("/tables/{number}/{seat}")
def table(number: int, seat: str):
    return Table(number).get_item(Key={"seat": seat})["Item"]


@app.get("/settings/{name}")
def setting(name: str):
    return {"value": settings.get(name)}


@app.get("/cache")
def cached(prefix: str, _: None = Depends(operator)):
    cursor, keys = cache.scan(match=prefix + "*", count=100)
    return {"keys": keys, "cursor": cursor}


@app.get("/lex")
def lex(text: str):
    tokens, rest = re.Scanner([(r"\w+", lambda _, word: word), (r"\s+", None)]).scan(text)
    return {"tokens": tokens, "rest": rest}


@app.get("/elsewhere/{query}")
def elsewhere(query: str):
    return httpx.get("https://search.example.com", params={"query": query}).json()
