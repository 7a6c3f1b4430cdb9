"""What libraries and FastAPI's own extension points do: classes of routes, tasks, overrides, FastAPI Users."""

import boto3
from company_auth import require_admin
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, Request
from fastapi.routing import APIRoute
from fastapi_users import FastAPIUsers
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse

app = FastAPI()
orders = boto3.resource("dynamodb").Table("orders")
users = FastAPIUsers(None, [])
member = users.current_user(active=True)
visitor = users.current_user(optional=True)
chief = users.current_user(active=True, superuser=True)


# A router's own class of routes


class Keyed(APIRoute):
    def get_route_handler(self):
        inner = super().get_route_handler()

        async def handler(request: Request):
            if request.headers.get("x-api-key") != "secret":
                raise HTTPException(401)
            return await inner(request)

        return handler


class Timed(APIRoute):
    def get_route_handler(self):
        inner = super().get_route_handler()

        async def handler(request: Request):
            return await inner(request)

        return handler


keyed = APIRouter(route_class=Keyed)
timed = APIRouter(route_class=Timed)


@keyed.get("/keyed/{number}")
def with_key(number: int):
    return {"total": orders.get_item(Key={"number": number})["Item"]["total"]}


@timed.get("/timed/{number}")
def without_key(number: int):  # finding: unauthenticated-route
    return {"total": orders.get_item(Key={"number": number})["Item"]["total"]}


app.include_router(keyed)
app.include_router(timed)


# FastAPI Users


@app.get("/member/{number}")
def of_a_member(number: int, user=Depends(member)):  # finding: unowned-item
    found = orders.get_item(Key={"number": number})["Item"]
    return {"total": found["total"], "user": found["user_id"]}


@app.get("/mine/{number}")
def of_themselves(number: int, user=Depends(member)):
    found = orders.get_item(Key={"number": number, "user_id": str(user.id)})["Item"]
    return {"total": found["total"]}


@app.get("/visitor/{number}")
def of_a_visitor(number: int, user=Depends(visitor)):  # finding: unauthenticated-route
    return {"total": orders.get_item(Key={"number": number})["Item"]["total"]}


@app.get("/chief/{number}")
def of_the_chief(number: int, user=Depends(chief)):
    found = orders.get_item(Key={"number": number})["Item"]
    return {"total": found["total"], "user": found["user_id"]}


@app.get("/admin/{number}", dependencies=[Depends(require_admin)])
def of_an_admin(number: int):
    found = orders.get_item(Key={"number": number})["Item"]
    return {"total": found["total"], "user": found["user_id"]}


# Tasks that run once the answer is sent


@app.post("/tasks", dependencies=[Depends(require_admin)])
def made(body: dict):
    tasks = BackgroundTasks()
    tasks.add_task(orders.put_item, Item=body)  # finding: mass-assignment
    return JSONResponse({}, background=tasks)


@app.post("/task", dependencies=[Depends(require_admin)])
def one(body: dict):
    return JSONResponse({}, background=BackgroundTask(orders.put_item, Item=body))  # finding: mass-assignment


# A dependency that stands for another, and one that tests override


class Orders:
    def read(self, number: int):
        return orders.get_item(Key={"number": number})["Item"]


def repository():
    raise NotImplementedError


def asks(request: Request):
    if request.headers.get("authorization") != "Bearer secret":
        raise HTTPException(401)


app.dependency_overrides[repository] = lambda: Orders()
app.dependency_overrides[asks] = lambda: None


@app.get("/overridden/{number}", dependencies=[Depends(asks)])
def overridden(number: int, held=Depends(repository)):
    return held.read(number)  # finding: whole-item-returned
