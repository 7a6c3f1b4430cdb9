import boto3
from fastapi import APIRouter, Header, HTTPException

table = boto3.resource("dynamodb").Table("works")


def curator(x_token: str = Header()):
    if x_token != "curators-only":
        raise HTTPException(400, "who are you")


router = APIRouter()


def read(work: str):  # finding: unauthenticated-route
    return vars(Work(work, table.get_item(Key={"work": work})["Item"]))  # finding: unvalidated-key, whole-item-returned


def every(limit: int = 10):  # finding: unauthenticated-route
    return [each["title"] for each in table.scan(Limit=limit)["Items"]]  # finding: scan-behind-route, raw-cursor


class Work:
    def __init__(self, work, item):
        self.work = work
        self.item = item


router.get("/{work}")(read)
router.get("")(every)
