from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel, ValidationError

import db
from sessions import author

app = FastAPI()


class Post(BaseModel):
    slug: str
    title: str


class Author(BaseModel):
    author_id: str
    pen_name: str
    password_salt: str | None = None


@app.get("/posts")
async def posts(request: Request):  # finding: unauthenticated-route
    return db.query("posts", **dict(request.query_params))  # finding: whole-item-returned


@app.get("/posts/{slug}")
async def post(slug: str) -> Post:  # finding: unauthenticated-route
    found = db.get_item("posts", slug=slug)
    if found is None:
        raise HTTPException(404)
    return found


@app.get("/authors/{author_id}", response_model=Author)
async def read_author(author_id: str):  # finding: unauthenticated-route
    return db.get_item("authors", author_id=author_id)  # finding: sensitive-attribute-in-response


@app.post("/posts")
async def write(request: Request, me: str = Depends(author)):
    raw = await request.json()
    try:
        Post.model_validate(raw)
    except ValidationError as invalid:
        raise HTTPException(422, detail=invalid.errors())  # finding: exception-text-returned
    db.put("posts", raw)
    return {"written": raw["slug"]}
