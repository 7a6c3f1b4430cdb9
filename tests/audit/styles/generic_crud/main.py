from typing import Annotated, List
from uuid import UUID
import secrets
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Security, status
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel
from crud import CRUDBase

security = HTTPBasic()


class User(BaseModel):
    id: str
    name: str
    password_hash: str


class UserIn(BaseModel):
    id: str
    name: str
    role: str = "x"


class UserOut(BaseModel):
    id: str
    name: str


users = CRUDBase(User, "users")
things = CRUDBase[UserOut](UserOut, table_name="things")


def basic(credentials: Annotated[HTTPBasicCredentials, Depends(security)]):
    ok = secrets.compare_digest(credentials.username, "admin") and secrets.compare_digest(credentials.password, "pw")
    if not ok:
        raise HTTPException(status_code=status.HTTP_401_UNAUTHORIZED, headers={"WWW-Authenticate": "Basic"})
    return credentials.username


router = APIRouter(dependencies=[Depends(basic)])


@router.get("/users/{user_id}")
def user(user_id: str):
    found = users.get(user_id)
    if not found:
        raise HTTPException(404)
    return found  # finding: sensitive-attribute-in-response


@router.get("/out/{user_id}", response_model=UserOut)
def out(user_id: UUID):
    return users.get(str(user_id))


@router.get("/users")
def listed(limit: int = 10):
    return things.get_multi(limit=limit)


@router.post("/users", response_model=UserOut)
def create(user: UserIn):
    return users.create(user)


@router.patch("/users/{user_id}")
def patch(user_id: UUID, user: UserIn):
    return users.update(str(user_id), user)  # finding: whole-item-returned


@router.get("/things/{thing_id}")
def raw(thing_id: int):
    return things.get_raw(thing_id)  # finding: whole-item-returned


def create_app():
    app = FastAPI()
    app.include_router(router, prefix="/v1")
    return app


app = create_app()
