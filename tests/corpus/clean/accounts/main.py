"""Near misses: an account is made by someone who has none yet; a page sends those without a session to the login."""

import uuid

import boto3
from fastapi import Depends, FastAPI, HTTPException, Request
from passlib.context import CryptContext
from pydantic import BaseModel, EmailStr
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key="kept elsewhere")
users = boto3.resource("dynamodb").Table("users")
todos = boto3.resource("dynamodb").Table("todos")
passwords = CryptContext(schemes=["argon2"])


class SignUp(BaseModel):
    email: EmailStr
    password: str
    name: str


class UserOut(BaseModel):
    id: str
    name: str


def logged_in(request: Request):
    if "user" not in request.session:
        raise HTTPException(status_code=303, headers={"Location": "/login"})
    return request.session["user"]


@app.post("/users", response_model=UserOut, status_code=201)
def create_user(body: SignUp):
    if "Item" in users.get_item(Key={"email": body.email}, ProjectionExpression="email"):
        raise HTTPException(409, "there is such a user")
    user = {"id": uuid.uuid4().hex, "email": body.email, "name": body.name, "password_hash": passwords.hash(body.password)}
    users.put_item(Item=user)
    return user


@app.post("/todos/{todo_id}/take")
def take(todo_id: uuid.UUID, user=Depends(logged_in)):
    todos.update_item(
        Key={"id": str(todo_id)},
        UpdateExpression="SET taken_by_user = :u",
        ConditionExpression="attribute_exists(id) AND attribute_not_exists(taken_by_user)",
        ExpressionAttributeValues={":u": user["email"]},
    )
    return {"ok": True}


@app.post("/todos/{todo_id}/done", status_code=204)
def done(todo_id: uuid.UUID, user=Depends(logged_in)):
    todos.update_item(
        Key={"user": user["email"], "id": str(todo_id)}, UpdateExpression="SET done = :d", ExpressionAttributeValues={":d": True}
    )
