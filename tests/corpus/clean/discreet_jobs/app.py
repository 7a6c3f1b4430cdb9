"""discreet as it is meant: views in routes, undisclosed reads in jobs alone."""

import asyncio
import os
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from discreet import Entity, Identifier, Index, Key, Principal, Table, anyone, nobody, relation, visible_to
from discreet.fastapi import Cursor, Disclosed, Page, View, protect, undisclosed_exit, view_of

author = relation(claim="sub", attribute="author_id")


class Article(Entity):
    key = Key("article_id")
    by_author = Index("by_author", Key("author_id", "article_id"))

    article_id: Annotated[Identifier, visible_to(anyone)]
    author_id: Annotated[Identifier, visible_to(anyone)]
    title: Annotated[str, visible_to(anyone)]
    draft: Annotated[str | None, visible_to(author)] = None
    preview_secret: Annotated[str | None, visible_to(nobody)] = None


table = Table("articles")
bearer = HTTPBearer()


async def principal(given: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> Principal:
    try:
        return Principal(claims={"sub": jwt.decode(given.credentials, os.environ["A_KEY"], algorithms=["HS256"])["sub"]})
    except jwt.PyJWTError:
        raise HTTPException(401) from None


Articles = Annotated[View[Article], Depends(view_of(Article, table, principal))]


class Pair(BaseModel):
    first: Disclosed[Article]
    second: Disclosed[Article] | None = None


class Item(BaseModel):
    """Not an entity, whatever it is called."""

    name: str


app = FastAPI()
protect(app)


@app.get("/articles/{article_id}")
async def read(article_id: Identifier, articles: Articles) -> Disclosed[Article]:
    return await articles.get(article_id=article_id)


@app.get("/authors/{author_id}/articles")
async def of_author(author_id: Identifier, articles: Articles, after: Cursor | None = None) -> Page[Article]:
    return await articles.query(index="by_author", author_id=author_id, after=after)


@app.get("/pairs/{a}/{b}")
async def pair(a: Identifier, b: Identifier, articles: Articles) -> Pair:
    return Pair(first=await articles.get(article_id=a), second=await articles.get(article_id=b))


@app.get("/kinds")
@undisclosed_exit("a constant")
async def kinds() -> Item:
    return Item(name="article")


async def reindex(author_id: str) -> list[str]:
    page = await table.undisclosed(Article).query(index="by_author", author_id=author_id)
    return [whole.item.title for whole in page]


if __name__ == "__main__":
    print(asyncio.run(reindex("a1")))
