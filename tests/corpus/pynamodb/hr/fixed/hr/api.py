from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Query
from pydantic import BaseModel, ConfigDict

from hr.auth import get_user
from hr.models import Person

app = FastAPI()


class PersonOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    person_id: str
    full_name: str


class PersonPatch(BaseModel):
    full_name: str | None = None


def own(person_id: UUID, user: Annotated[dict, Depends(get_user)]) -> Person:
    """The person asked about, if the caller is that person or their manager."""
    try:
        found = Person.get(str(person_id))
    except Person.DoesNotExist:
        raise HTTPException(404, detail="nobody") from None
    if user["sub"] not in (found.person_id, found.manager_id):
        raise HTTPException(404, detail="nobody")
    return found


@app.get("/people")
def people(user=Depends(get_user)):
    return [{"id": p.person_id, "name": p.full_name} for p in Person.by_manager.query(user["sub"])]


@app.get("/people/{person_id}", response_model=PersonOut)
def person(found: Annotated[Person, Depends(own)]):
    return found


@app.patch("/people/{person_id}")
def patch(changes: PersonPatch, found: Annotated[Person, Depends(own)]):
    for name, value in changes.model_dump(exclude_none=True).items():
        setattr(found, name, value)
    found.save()
    return PersonOut.model_validate(found)


@app.get("/managers/{manager_id}/reports")
def reports(manager_id: str, user=Depends(get_user), size: int = Query(25, gt=0, le=50)):
    if manager_id != user["sub"]:
        raise HTTPException(403, detail="your own reports only")
    result = Person.by_manager.query(user["sub"], limit=size)
    people = [{"id": p.person_id, "name": p.full_name} for p in result]
    return {"people": people, "more": result.last_evaluated_key is not None}
