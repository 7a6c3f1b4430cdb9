from typing import Annotated
from uuid import uuid4

from fastapi import Body, Depends, FastAPI, HTTPException
from pydantic import BaseModel

from docs_api.deps import document, user
from docs_api.repo import Documents, documents

app = FastAPI()
Document = Annotated[dict, Depends(document)]
Repo = Annotated[Documents, Depends(documents)]


class Fields(BaseModel):
    title: str
    text: str


@app.post("/documents")
def create(repo: Repo, me: Annotated[dict, Depends(user)], title: str = Body(embed=True)):
    document_id = str(uuid4())
    repo.replace(document_id, {"owner_id": me["sub"], "title": title, "team": me["teams"][0]})
    return {"created": document_id}


@app.get("/documents/{document_id}")
def read(doc: Document) -> Fields:
    return Fields(title=doc["title"], text=doc["text"])


@app.get("/documents/{document_id}/title")
def title(doc: Document) -> str:
    return doc["title"]


@app.put("/documents/{document_id}")
def replace(doc: Document, repo: Repo, fields: Fields):
    repo.replace(doc["document_id"], {"owner_id": doc["owner_id"], "team": doc["team"], **fields.model_dump()})
    return {"replaced": True}


@app.get("/teams/{team}/documents")
def of_team(team: str, repo: Repo, me: dict = Depends(user)):
    if team not in me["teams"]:
        raise HTTPException(404)
    return [{"title": d["title"]} for d in repo.shared_with(team)]
