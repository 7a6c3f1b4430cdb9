from dataclasses import asdict, dataclass

from boto3.dynamodb.conditions import Attr, Key
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import JSONResponse
from fastapi_utils.cbv import cbv
from fastapi_utils.inferring_router import InferringRouter
from pydantic import BaseModel

from clubs.session import session_user
from clubs.tables import tables

router = InferringRouter()


class Club(BaseModel):
    club_id: int
    name: str


@dataclass
class MemberLine:
    name: str
    since: str


SEARCHABLE = {"name": "name", "town": "town"}


@cbv(router)
class Clubs:
    user: dict = Depends(session_user)

    @router.get("/clubs/{club_id}", response_model=Club)
    def read(self, club_id: int):
        club = tables.clubs.get_item(Key={"club_id": club_id}).get("Item")
        if club is None:
            raise HTTPException(404)
        return JSONResponse({"club_id": club_id, "name": club["name"]})

    @router.get("/clubs/{club_id}/members")
    def members(self, club_id: int, by: str | None = None, value: str = ""):
        mine = tables.members.get_item(Key={"club_id": club_id, "user_id": self.user["id"]})
        if "Item" not in mine:
            raise HTTPException(404)
        ask = {"KeyConditionExpression": Key("club_id").eq(club_id)}
        if by in SEARCHABLE:
            ask["FilterExpression"] = Attr(SEARCHABLE[by]).eq(value)
        rows = tables.members.query(**ask)["Items"]
        return [asdict(MemberLine(name=row["name"], since=row["since"])) for row in rows]

    @router.post("/clubs/{club_id}/members")
    def join(self, club_id: int):
        tables.members.put_item(Item={"club_id": club_id, "user_id": self.user["id"], "role": "member"})
        return {"joined": True}


@cbv(router)
class Open:
    user: dict = Depends(session_user)

    @router.get("/open/clubs")
    def all(self):
        found = tables.clubs.query(IndexName="open", KeyConditionExpression=Key("open").eq("yes"), ProjectionExpression="club_id")
        return {"clubs": found["Items"], "count": found["Count"]}


app = FastAPI()
app.include_router(router)
