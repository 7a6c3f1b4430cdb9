"""Items that are grouped, copied key by key, matched and reduced on their way out, and those whose attributes are picked so."""

import asyncio
import heapq
import random
from collections import defaultdict
from functools import reduce
from itertools import groupby
from types import MappingProxyType
from typing import TypedDict

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import Depends, FastAPI, HTTPException
from pydantic import create_model
from tokens import caller

app = FastAPI(dependencies=[Depends(caller)])
books = boto3.resource("dynamodb").Table("books")
PUBLIC = {"title", "year"}


class Book(TypedDict):
    title: str


def book(number: int) -> dict:
    return books.get_item(Key={"number": number})["Item"]


def shelf(number: int) -> list[dict]:
    return books.query(KeyConditionExpression=Key("shelf").eq(number))["Items"]


# Grouped


@app.get("/shelves/{number}/years")
def by_year(number: int):
    years = defaultdict(list)
    for each in shelf(number):
        years[each["year"]].append(each)
    return years  # finding: whole-item-returned


@app.get("/shelves/{number}/titles")
def by_title(number: int):
    titles = {}
    for each in shelf(number):
        titles.setdefault(each["title"], []).append(each)
    return titles  # finding: whole-item-returned


@app.get("/shelves/{number}/runs")
def runs(number: int):
    return {year: list(held) for year, held in groupby(shelf(number), lambda each: each["year"])}  # finding: whole-item-returned


@app.get("/shelves/{number}/counts")
def counts(number: int):
    years = defaultdict(int)
    for each in shelf(number):
        years[each["year"]] += 1
    return years


# One of many, all in one


@app.get("/shelves/{number}/any")
def anything(number: int):
    return random.choice(shelf(number))  # finding: whole-item-returned


@app.get("/shelves/{number}/longest")
def longest(number: int):
    return heapq.nlargest(3, shelf(number), key=lambda each: each["pages"])  # finding: whole-item-returned


@app.get("/shelves/{number}/stack")
def stack(number: int):
    return reduce(lambda held, each: [*held, each], shelf(number), [])  # finding: whole-item-returned


@app.get("/shelves/{number}/pages")
def pages(number: int):
    return {"pages": reduce(lambda held, each: held + int(each["pages"]), shelf(number), 0)}


# By their own keys


@app.get("/books/{number}/copy")
def copied(number: int):
    found = book(number)
    return {key: found[key] for key in found}  # finding: whole-item-returned


@app.get("/books/{number}/texts")
def texts(number: int):
    found, told = book(number), {}
    for key in found.keys():
        told[key] = str(found.get(key))
    return told  # finding: whole-item-returned


@app.get("/books/{number}/view")
def view(number: int):
    return {**MappingProxyType(book(number))}  # finding: whole-item-returned


@app.get("/books/{number}/picked")
def picked(number: int):
    found = book(number)
    return {key: found[key] for key in found if key in PUBLIC}


@app.get("/books/{number}/common")
def common(number: int):
    found = book(number)
    return {key: found[key] for key in found.keys() & PUBLIC}


@app.get("/books/{number}/intersection")
def intersection(number: int):
    found = book(number)
    return {key: found[key] for key in set(found).intersection(PUBLIC)}


@app.get("/books/{number}/prefixed")
def prefixed(number: int):
    return {key: value for key, value in book(number).items() if key.startswith("public_")}


# Matched


@app.get("/books/{number}/matched")
def matched(number: int):
    match books.get_item(Key={"number": number}):
        case {"Item": found}:
            return found  # finding: whole-item-returned
        case _:
            raise HTTPException(404)


@app.get("/books/{number}/nested")
def nested(number: int):
    match [book(number), number]:
        case [dict(found) | {"other": found}, _]:
            return {"book": found}  # finding: whole-item-returned
    return {}


@app.get("/books/{number}/remainder")
def remainder(number: int):
    match book(number):
        case {"secret": _, **rest}:
            return rest
    return {}


@app.get("/books/{number}/title")
def title(number: int):
    match books.get_item(Key={"number": number}):
        case {"Item": {"title": str(name), "year": year}}:
            return {"title": name, "year": year}
    return {}


# As a dict with declared keys, which are not enforced


@app.get("/books/{number}/declared")
def declared(number: int):
    return Book(**book(number))  # finding: whole-item-returned


@app.get("/books/{number}/named")
def named(number: int):
    return Book(title=book(number)["title"])


# In tasks


@app.get("/books/{number}/later")
async def later(number: int):
    async with asyncio.TaskGroup() as group:
        task = group.create_task(asyncio.to_thread(book, number))
    return task.result()  # finding: whole-item-returned


# Picked by matching


@app.get("/filtered/{number}")
def filtered(number: int, field: str, value: str):
    match field:
        case "title" | "year":
            name = field
        case _:
            raise HTTPException(400)
    return books.query(KeyConditionExpression=Key("shelf").eq(number), FilterExpression=f"{name} = :v", ProjectionExpression="title")["Items"]


@app.get("/open/{number}")
def open_to_all(number: int, field: str, value: str):
    match field:
        case "title":
            name = "title"
        case other:
            name = other
    return books.query(  # finding: expression-injection
        KeyConditionExpression=Key("shelf").eq(number), FilterExpression=f"{name} = :v", ProjectionExpression="title"
    )["Items"]


# Out by other ways: the detail of an error, an object of a plain class


@app.get("/books/{number}/conflict")
def conflict(number: int):
    raise HTTPException(409, detail={"current": book(number)})  # finding: whole-item-returned


@app.get("/books/{number}/gone")
def gone(number: int):
    raise HTTPException(410, detail={"title": book(number)["title"]})


@app.get("/books/{number}/handled")
def handled(number: int):
    try:
        raise HTTPException(409, detail=book(number))
    except HTTPException:
        return {}


class Shown:
    def __init__(self, values: dict):
        self.__dict__.update(values)


class Titled:
    def __init__(self, values: dict):
        self.title = values["title"]


@app.get("/books/{number}/shown")
def shown(number: int):
    return Shown(book(number))  # finding: whole-item-returned


@app.get("/books/{number}/titled")
def titled(number: int):
    return Titled(book(number))


# In by other ways: a list of dicts, by place


@app.post("/books")
def imported(entries: list[dict]):
    with books.batch_writer() as batch:
        for each in entries:
            batch.put_item(each)  # finding: mass-assignment


@app.post("/books/titles")
def titles_imported(entries: list[dict]):
    with books.batch_writer() as batch:
        for each in entries:
            batch.put_item({"title": each["title"]})


# Models that are made at run time


Titles = create_model("Titles", title=(str, ...))


@app.get("/books/{number}/made", response_model=Titles)
def made(number: int):
    return book(number)


@app.get("/books/{number}/filled")
def filled(number: int):
    return Titles(**book(number))
