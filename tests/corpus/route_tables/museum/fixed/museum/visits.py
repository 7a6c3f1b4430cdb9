import boto3
from boto3.dynamodb.conditions import Key
from fastapi import APIRouter, Depends, HTTPException, Request

from museum.works import curator

table = boto3.resource("dynamodb").Table("visits")


def visitor(request: Request):
    found = request.session.get("visitor")
    if not found:
        raise HTTPException(401)
    return found


class Visits:
    def __init__(self):
        self.router = APIRouter(dependencies=[Depends(visitor)])
        self.declare()

    def declare(self):
        @self.router.get("/{visit_id}")
        def read(visit_id: int, me: str = Depends(visitor)):
            found = self.load(visit_id)
            if found["visitor"] != me:
                raise HTTPException(404)
            return {"visit_id": visit_id, "day": found["day"]}

        self.router.add_api_route("/{visit_id}", self.cancel, methods=["DELETE"])

    def load(self, visit_id):
        found = table.get_item(Key={"visit_id": visit_id})
        if "Item" not in found:
            raise HTTPException(404)
        return found["Item"]

    def cancel(self, visit_id: int, me: str = Depends(visitor)):
        table.delete_item(
            Key={"visit_id": visit_id}, ConditionExpression="visitor = :me", ExpressionAttributeValues={":me": me}
        )
        return {"cancelled": visit_id}


async def count(key=Depends(curator)):
    return table.query(KeyConditionExpression=Key("kind").eq("visit"), Select="COUNT")["Count"]


def export(key=Depends(curator)):
    return [{"day": each["day"]} for each in table.query(KeyConditionExpression=Key("kind").eq("visit"))["Items"]]


ROUTES = [("/count", count, "GET"), ("/export", export, "GET")]
