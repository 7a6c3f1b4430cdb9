from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict

from hr.auth import get_user
from hr.models import Person

app = FastAPI()


class PersonOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    person_id: str
    full_name: str
    ssn: str | None = None
    salary: int = 0


class PersonPatch(BaseModel):
    full_name: str | None = None
    is_admin: bool | None = None
    salary: int | None = None


@app.get("/people")
def people(user=Depends(get_user)):  # arguable: unowned-item
    return [p.attribute_values for p in Person.scan()]  # finding: scan-behind-route, whole-item-returned


@app.get("/people/{person_id}", response_model=PersonOut)
def person(person_id: str, user=Depends(get_user)):  # finding: unowned-item
    try:
        found = Person.get(person_id)  # finding: unvalidated-key
    except Person.DoesNotExist as e:
        raise HTTPException(404, detail=str(e))  # finding: exception-text-returned
    return found  # finding: sensitive-attribute-in-response


@app.patch("/people/{person_id}")
def patch(person_id: int, changes: PersonPatch, user=Depends(get_user)):  # finding: unowned-item
    found = Person.get(str(person_id))
    for name, value in changes.model_dump(exclude_none=True).items():
        setattr(found, name, value)
    found.save()  # finding: mass-assignment
    return found.to_simple_dict()  # finding: whole-item-returned


@app.get("/managers/{manager_id}/reports")
def reports(manager_id: str, size: int = 25):  # finding: unauthenticated-route
    result = Person.by_manager.query(manager_id, limit=size)  # finding: unvalidated-key, raw-cursor
    people = [{"id": p.person_id, "name": p.full_name} for p in result]
    return {"people": people, "last": result.last_evaluated_key}  # finding: raw-cursor
