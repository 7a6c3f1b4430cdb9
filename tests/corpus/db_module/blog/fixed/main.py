import logging
import re

from fastapi import Depends, FastAPI, HTTPException, Path, Request
from pydantic import BaseModel, ValidationError

import db
from sessions import author

app = FastAPI(dependencies=[Depends(author)])
log = logging.getLogger("blog")
SLUG = re.compile(r"[a-z0-9-]{1,80}")


class Post(BaseModel):
    slug: str
    title: str


class Author(BaseModel):
    author_id: str
    pen_name: str


@app.get("/posts")
async def posts(me: str = Depends(author), title: str = ""):
    return [Post.model_validate(item) for item in db.query("posts", ("author_id", me), title=title)]


@app.get("/posts/{slug}")
async def post(slug: str = Path(max_length=80)) -> Post:
    found = db.get_item("posts", ["slug", "title"], slug=slug)
    if found is None:
        raise HTTPException(404)
    return found


@app.get("/authors/{author_id}", response_model=Author)
async def read_author(author_id: str, me: str = Depends(author)):
    if author_id != me:
        raise HTTPException(404)
    return db.get_item("authors", ["author_id", "pen_name"], author_id=me)


@app.post("/posts")
async def write(request: Request, me: str = Depends(author)):
    raw = await request.json()
    try:
        post = Post.model_validate(raw)
    except ValidationError as invalid:
        log.info("refused: %s", invalid)
        raise HTTPException(422, detail="a post has a slug and a title") from None
    if not SLUG.fullmatch(post.slug):
        raise HTTPException(422, detail="no slug")
    db.put("posts", {"slug": post.slug, "title": post.title, "author_id": me})
    return {"written": post.slug}
