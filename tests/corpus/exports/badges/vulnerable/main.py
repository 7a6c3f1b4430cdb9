import csv
import io

import boto3
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, StreamingResponse

app = FastAPI()
crews = boto3.resource("dynamodb").Table("crews")


@app.get("/badges", response_class=PlainTextResponse)
def badges():  # finding: unauthenticated-route
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["code", "password"])
    for crew in crews.scan().get("Items", []):  # finding: scan-behind-route
        writer.writerow([crew["code"], crew.get("password", "")])
    return out.getvalue()  # finding: sensitive-attribute-in-response


@app.get("/export")
def export():  # finding: unauthenticated-route
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=["code"], extrasaction="ignore")
    writer.writerows(crews.query(KeyConditionExpression="year = :y", ExpressionAttributeValues={":y": 2024})["Items"])
    return StreamingResponse(iter([out.getvalue()]), media_type="text/csv")  # finding: whole-item-returned
