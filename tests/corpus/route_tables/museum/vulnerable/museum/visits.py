import boto3
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse

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
        def read(visit_id: str):  # finding: unowned-item
            return self.load(visit_id)  # finding: whole-item-returned

        self.router.add_api_route("/{visit_id}", self.cancel, methods=["DELETE"])

    def load(self, visit_id):
        found = table.get_item(Key={"visit_id": visit_id})  # finding: unvalidated-key
        if "Item" not in found:
            raise HTTPException(404)
        return found["Item"]

    def cancel(self, visit_id: int):  # finding: unowned-item
        table.delete_item(Key={"visit_id": visit_id})
        return RedirectResponse("/visits")


async def count(key=Depends(curator)):
    return table.scan(Select="COUNT")["Count"]  # finding: scan-behind-route


def export():  # finding: unauthenticated-route
    return table.scan()["Items"]  # finding: scan-behind-route, whole-item-returned


ROUTES = [("/count", count, "GET"), ("/export", export, "GET")]
