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
    club_id: str
    name: str


class Join(BaseModel):
    user_id: str
    role: str = "member"
    verified: bool = False


@cbv(router)
class Clubs:
    user: dict = Depends(session_user)

    @router.get("/clubs/{club_id}", response_model=Club)
    def read(self, club_id: str):  # finding: response-model-bypassed
        club = tables.clubs.get_item(Key={"club_id": club_id}).get("Item")  # finding: unvalidated-key
        if club is None:
            raise HTTPException(404)
        return JSONResponse({"club": club})  # arguable: whole-item-returned

    @router.get("/clubs/{club_id}/members")
    def members(self, club_id: str, by: str | None = None, value: str = ""):  # arguable: unowned-item
        ask = {"KeyConditionExpression": Key("club_id").eq(club_id)}
        if by:
            ask |= {"FilterExpression": "#f = :v", "ExpressionAttributeNames": {"#f": by}, "ExpressionAttributeValues": {":v": value}}
        rows = tables.members.query(**ask)["Items"]  # finding: unvalidated-key, expression-injection
        return [{"name": row["name"], "session_token": row["session_token"]} for row in rows]  # finding: sensitive-attribute-in-response

    @router.post("/clubs/{club_id}/members")
    def join(self, club_id: int, join: Join):  # arguable: unowned-item
        tables.members.put_item(Item={"club_id": club_id} | dict(join))  # finding: mass-assignment
        return {"joined": True}


@cbv(router)
class Open:
    @router.get("/open/clubs")
    def all(self):  # finding: unauthenticated-route
        found = tables.clubs.scan(FilterExpression=Attr("open").eq(True))  # finding: scan-behind-route
        return found  # finding: whole-item-returned


app = FastAPI()
app.include_router(router)
