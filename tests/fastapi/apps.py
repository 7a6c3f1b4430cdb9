"""Apps for the tests of the web floor, small and protected."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel

from discreet import Identifier, Principal, Table
from discreet.fastapi import Cursor, Disclosed, Page, View, protect, view_of
from fastapi import Cookie, Depends, FastAPI, File, Form, Header, HTTPException, Query, Response, UploadFile

from ..view.clinic import Account, Moment, Pet, Secret


async def current_principal(authorization: Annotated[str | None, Header()] = None) -> Principal:
    """`sub:claim=value`, in clear: only for tests, which are about what follows."""
    if authorization is None:
        return Principal()
    if authorization == "bad":
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    sub, *claims = authorization.split(":")
    return Principal(claims={"sub": sub, **dict(each.split("=", 1) for each in claims)})


class Both(BaseModel):
    """A model with disclosures as fields."""

    pet: Disclosed[Pet]
    pets: Page[Pet]
    note: str = "ok"


class Filter(BaseModel, extra="forbid"):
    """A body with something of everything."""

    name: str
    age: Annotated[int, Query(ge=0)] = 0
    tags: dict[str, int] = {}
    inner: "Filter | None" = None


def clinic(table: Table, **options: Any) -> FastAPI:
    """The routes of a clinic over a table."""
    app = FastAPI()
    protect(app, **options)
    Pets = Annotated[View[Pet], Depends(view_of(Pet, table, current_principal))]
    Accounts = Annotated[View[Account], Depends(view_of(Account, table, current_principal))]
    Secrets = Annotated[View[Secret], Depends(view_of(Secret, table, current_principal))]
    Moments = Annotated[View[Moment], Depends(view_of(Moment, table, current_principal))]

    @app.get("/clinics/{clinic_id}/pets")
    async def list_pets(clinic_id: Identifier, pets: Pets, after: Cursor | None = None, limit: int = 20) -> Page[Pet]:
        return await pets.query(clinic_id=clinic_id, after=after, limit=limit)

    @app.get("/clinics/{clinic_id}/pets/{pet_id}")
    async def read_pet(clinic_id: Identifier, pet_id: Identifier, pets: Pets) -> Disclosed[Pet]:
        return await pets.get(clinic_id=clinic_id, pet_id=pet_id)

    @app.get("/loose/{clinic_id}/{pet_id}")
    async def read_loosely(clinic_id: str, pet_id: str, pets: Pets) -> Disclosed[Pet]:
        return await pets.get(clinic_id=clinic_id, pet_id=pet_id)

    @app.get("/accounts/{account_id}")
    async def read_account(account_id: str, accounts: Accounts) -> Disclosed[Account]:
        return await accounts.get(account_id=account_id)

    @app.get("/secrets/{secret_id}")
    async def read_secret(secret_id: str, secrets: Secrets) -> Disclosed[Secret]:
        return await secrets.get(secret_id=secret_id)

    @app.get("/secrets")
    async def list_secrets(secrets: Secrets) -> Page[Secret]:
        return await secrets.query(secret_id="s")

    @app.get("/moments/{at}")
    async def read_moment(at: datetime, moments: Moments) -> Disclosed[Moment]:
        return await moments.get(at=at)

    @app.get("/several")
    async def several(pets: Pets) -> list[Disclosed[Pet]]:
        return [await pets.get(clinic_id="c1", pet_id=pet_id) for pet_id in ("1", "2")]

    @app.get("/both")
    async def both(pets: Pets) -> Both:
        return Both(pet=await pets.get(clinic_id="c1", pet_id="1"), pets=await pets.query(clinic_id="c1", limit=1))

    @app.post("/made", status_code=201)
    async def made(pets: Pets, response: Response) -> Disclosed[Pet]:
        response.headers["X-Made"] = "yes"
        response.set_cookie("seen", "1")
        return await pets.get(clinic_id="c1", pet_id="1")

    @app.post("/search/{clinic_id}")
    async def search(
        clinic_id: int, body: Filter, pets: Pets, q: int, x_number: Annotated[int, Header()], session: Annotated[int, Cookie()]
    ) -> Page[Pet]:
        return await pets.query(clinic_id=str(clinic_id))

    @app.post("/form")
    async def form(pets: Pets, name: Annotated[int, Form()], upload: Annotated[UploadFile, File()]) -> Page[Pet]:
        return await pets.query(clinic_id="c1")

    return app
