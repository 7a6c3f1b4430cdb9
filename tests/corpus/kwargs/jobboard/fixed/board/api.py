from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from board import search
from board.login import employer

app = FastAPI()


class Town(str, Enum):
    lyon = "lyon"
    graz = "graz"


class Params(BaseModel):
    town: Town
    min_pay: int | None = None
    text: str | None = None
    page_size: int = 10
    after: UUID | None = None


class Job(BaseModel):
    job_id: str
    title: str


@dataclass
class Applicant:
    name: str
    identified: bool


@app.post("/search", response_model=list[Job])
def find(params: Params, me: str = Depends(employer)):
    result = search.run(params)
    return result["Items"]


@app.get("/jobs/{job_id}/applicants")
def applicants(job_id: UUID, me: str = Depends(employer)) -> list[Applicant]:
    if search.job(str(job_id)).get("employer") != me:
        raise HTTPException(404)
    rows = search.applications(str(job_id))["Items"]
    return [Applicant(name=row["name"], identified=bool(row.get("national_id"))) for row in rows]


@app.exception_handler(ValueError)
def bad(request, error):
    return JSONResponse({"error": "that value is none of ours"}, 400)
