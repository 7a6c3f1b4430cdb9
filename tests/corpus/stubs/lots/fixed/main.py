import boto3
import jwt
import punq
from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel
from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError, SimpleUser, requires
from starlette.middleware.authentication import AuthenticationMiddleware
from uuid import UUID


class Lots:
    def find(self, lot_id): ...


class DynamoLots(Lots):
    def __init__(self):
        self.table = boto3.resource("dynamodb").Table("lots")

    def find(self, lot_id):
        return self.table.get_item(Key={"lot_id": str(lot_id)}).get("Item")


class Auction:
    def __init__(self, lots: Lots):
        self.lots = lots

    def lot(self, lot_id):
        return self.lots.find(lot_id)


class Lot(BaseModel):
    lot_id: UUID
    title: str


container = punq.Container()
container.register(Lots, DynamoLots)
container.register(Auction)


class Tokens(AuthenticationBackend):
    async def authenticate(self, conn):
        if "Authorization" not in conn.headers:
            return None
        try:
            claims = jwt.decode(conn.headers["Authorization"].split()[1], "key", algorithms=["HS256"])
        except jwt.PyJWTError as error:
            raise AuthenticationError("no") from error
        return AuthCredentials(["authenticated"]), SimpleUser(claims["sub"])


app = FastAPI()
app.add_middleware(AuthenticationMiddleware, backend=Tokens())


def auction() -> Auction:
    return container.resolve(Auction)


@app.get("/lots/{lot_id}", response_model=Lot)
@requires("authenticated")
async def lot(request: Request, lot_id: UUID, auction: Auction = Depends(auction)):
    return auction.lot(lot_id)
