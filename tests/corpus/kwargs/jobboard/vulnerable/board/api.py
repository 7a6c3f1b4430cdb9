from dataclasses import dataclass
from uuid import UUID

from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from board import search
from board.login import employer

app = FastAPI()


class Params(BaseModel):
    town: str | None = None
    min_pay: int | None = None
    extra: str | None = None
    page_size: int = 10
    next: dict | None = None


class Job(BaseModel):
    job_id: str
    title: str


@dataclass
class Applicant:
    name: str
    national_id: str


@app.post("/search", response_model=list[Job])
def find(params: Params, me: str = Depends(employer)):  # finding: response-model-bypassed
    result = search.run(params)
    answer = {"jobs": result["Items"], "next": result.get("LastEvaluatedKey")}
    return JSONResponse(answer)  # finding: raw-cursor  # arguable: whole-item-returned


@app.get("/jobs/{job_id}/applicants")
def applicants(job_id: UUID, me: str = Depends(employer)) -> list[Applicant]:  # arguable: unowned-item
    rows = search.applications(str(job_id))["Items"]
    return [Applicant(name=row["name"], national_id=row["national_id"]) for row in rows]  # finding: sensitive-attribute-in-response


@app.exception_handler(ValueError)
def bad(request, error):
    return JSONResponse({"error": error.args}, 400)  # finding: exception-text-returned
