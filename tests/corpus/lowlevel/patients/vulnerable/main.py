import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError
from fastapi import Depends, FastAPI, Form, HTTPException

from guard import clinician

client = boto3.client("dynamodb")
deserialize = TypeDeserializer().deserialize
serialize = TypeSerializer().serialize
app = FastAPI(title="patients")


def unmarshal(raw: dict) -> dict:
    return deserialize({"M": raw})


@app.get("/patients/{mrn}")
def patient(mrn: str, me: str = Depends(clinician)):  # arguable: unowned-item
    try:
        raw = client.get_item(TableName="patients", Key={"PK": {"S": "PATIENT#" + mrn}, "SK": {"S": "FILE"}})["Item"]  # finding: unvalidated-key
    except ClientError as ce:
        raise HTTPException(500, detail={"code": 500, "cause": ce.args[0]})  # finding: exception-text-returned
    return unmarshal(raw)  # finding: whole-item-returned


@app.get("/patients/{mrn}/summary")
def summary(mrn: int, me: str = Depends(clinician)):  # arguable: unowned-item
    raw = client.get_item(TableName="patients", Key={"PK": {"S": f"PATIENT#{mrn}"}, "SK": {"S": "FILE"}}).get("Item")
    if raw is None:
        raise HTTPException(404)
    file = unmarshal(raw)
    return {"mrn": mrn, "diagnosis": file["diagnosis"], "ssn": file["ssn"]}  # finding: sensitive-attribute-in-response


@app.get("/wards/{ward}/patients")
def ward(ward: str, order: str = "name", me: str = Depends(clinician)):  # arguable: unowned-item
    rows = client.execute_statement(Statement=f"SELECT mrn, name FROM patients.by_ward WHERE ward = '{ward}' ORDER BY {order}")["Items"]  # finding: expression-injection
    return [unmarshal(row) for row in rows]


@app.post("/patients/{mrn}/flags")
def flag(mrn: int, name: str = Form(), value: str = Form(), me: str = Depends(clinician)):  # arguable: unowned-item
    client.update_item(  # finding: expression-injection
        TableName="patients",
        Key={"PK": {"S": f"PATIENT#{mrn}"}, "SK": {"S": "FILE"}},
        UpdateExpression=f"SET flags.{name} = :v",
        ExpressionAttributeValues={":v": serialize(value)},
    )
    return {"flagged": name}
