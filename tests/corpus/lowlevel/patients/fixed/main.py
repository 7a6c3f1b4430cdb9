import logging
from enum import StrEnum

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError
from fastapi import Depends, FastAPI, Form, HTTPException

from guard import clinician

client = boto3.client("dynamodb")
deserialize = TypeDeserializer().deserialize
serialize = TypeSerializer().serialize
app = FastAPI(title="patients")
log = logging.getLogger("patients")


class Flag(StrEnum):
    FALLS = "falls"
    ALLERGY = "allergy"


def unmarshal(raw: dict) -> dict:
    return deserialize({"M": raw})


def treated(mrn: int, me: str) -> dict:
    """The file of a patient whom the caller treats."""
    raw = client.get_item(TableName="patients", Key={"PK": {"S": f"PATIENT#{mrn}"}, "SK": {"S": "FILE"}}).get("Item")
    file = unmarshal(raw) if raw else {}
    if me not in file.get("care_team", ()):
        raise HTTPException(404, "no such patient")
    return file


@app.get("/patients/{mrn}")
def patient(mrn: int, me: str = Depends(clinician)):
    try:
        file = treated(mrn, me)
    except ClientError as ce:
        log.error("%s", ce)
        raise HTTPException(500, detail={"code": 500}) from ce
    return {"mrn": mrn, "name": file["name"], "ward": file["ward"]}


@app.get("/patients/{mrn}/summary")
def summary(mrn: int, me: str = Depends(clinician)):
    file = treated(mrn, me)
    return {"mrn": mrn, "admitted": file["admitted"]}


@app.get("/wards/{ward}/patients")
def ward(ward: int, me: str = Depends(clinician)):
    rows = client.execute_statement(
        Statement='SELECT mrn, "name" FROM patients.by_ward WHERE ward = ? AND lead = ?',
        Parameters=[{"N": str(ward)}, {"S": me}],
    )["Items"]
    return [unmarshal(row) for row in rows]


@app.post("/patients/{mrn}/flags")
def flag(mrn: int, name: Flag = Form(), value: str = Form(), me: str = Depends(clinician)):
    client.update_item(
        TableName="patients",
        Key={"PK": {"S": f"PATIENT#{mrn}"}, "SK": {"S": "FILE"}},
        UpdateExpression=f"SET flags.{name.value} = :v",
        ConditionExpression="contains(care_team, :me)",
        ExpressionAttributeValues={":v": serialize(value), ":me": serialize(me)},
    )
    return {"flagged": name}
