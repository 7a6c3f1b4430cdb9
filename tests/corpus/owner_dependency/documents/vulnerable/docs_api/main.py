from typing import Annotated, Any
from uuid import uuid4

from fastapi import Body, Depends, FastAPI

from docs_api.deps import document, peeked, user
from docs_api.repo import Documents, documents

app = FastAPI()
Document = Annotated[dict, Depends(document)]
Repo = Annotated[Documents, Depends(documents)]


@app.post("/documents")
def create(repo: Repo, me: Annotated[dict, Depends(user)], title: str = Body(embed=True)):
    repo.create({"document_id": str(uuid4()), "owner_id": me["sub"], "title": title})
    return {"created": True}


@app.get("/documents/{document_id}")
def read(doc: Document):  # finding: unowned-item
    return doc  # finding: whole-item-returned


@app.get("/documents/{document_id}/title")
def title(doc: Document) -> str:  # finding: unowned-item
    return doc["title"]


@app.put("/documents/{document_id}")
def replace(doc: Document, repo: Repo, fields: dict[str, Any] = Body()):  # finding: unowned-item
    repo.replace(doc["document_id"], fields)
    return {"replaced": True}


@app.get("/teams/{team}/documents")
def of_team(team: str, repo: Repo, who: dict = Depends(peeked)):  # finding: unauthenticated-route
    return [{"title": d["title"], "share_token": d["share_token"], "signing_secret": d["signing_secret"]} for d in repo.shared_with(team)]  # finding: sensitive-attribute-in-response
