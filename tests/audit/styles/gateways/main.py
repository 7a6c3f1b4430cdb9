import uuid
import boto3
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi_users import FastAPIUsers
from fastapi_cloudauth.cognito import CognitoCurrentUser
from mangum import Mangum

fastapi_users = FastAPIUsers(None, [])
get_current_user = CognitoCurrentUser(region="x", userPoolId="y")
current_active = fastapi_users.current_user(active=True)
app = FastAPI()
table = boto3.resource("dynamodb").Table("notes")


@app.get("/a/{note_id}")
def a(note_id: int, user=Depends(current_active)):  # finding: unowned-item
    return {"x": table.get_item(Key={"id": note_id})["Item"]["x"]}


@app.get("/b/{note_id}")
def b(note_id: int, user=Depends(get_current_user)):  # finding: unowned-item
    return {"x": table.get_item(Key={"id": note_id})["Item"]["x"]}


@app.get("/c/{note_id}")
def c(note_id: int, user=Depends(fastapi_users.current_user())):
    item = table.get_item(Key={"id": note_id})["Item"]
    if item["owner"] != str(user.id):
        raise HTTPException(404)
    return {"x": item["x"]}


@app.get("/d/{note_id}")
def d(note_id: int, request: Request):
    claims = request.scope["aws.event"]["requestContext"]["authorizer"]["claims"]
    item = table.get_item(Key={"id": note_id, "owner": claims["sub"]})["Item"]
    return {"x": item["x"]}


@app.get("/e/{note_id}")
def e(note_id: int, request: Request):  # finding: unauthenticated-route
    ip = request.client.host
    return {"x": table.get_item(Key={"id": note_id})["Item"]["x"], "ip": ip}


handler = Mangum(app)
