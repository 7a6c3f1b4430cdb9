from typing import Annotated
import boto3
from boto3.dynamodb.conditions import Key
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from auth import AuthError, JWTBearer, api_key, cognito, get_current_active_user, get_current_user, require_admin
from auth import believes_anyone, logs_and_goes_on, reads_a_claim, tries_each_key
from fastapi.responses import JSONResponse

app = FastAPI()
orders = boto3.resource("dynamodb").Table("orders")
router = APIRouter(prefix="/orders", tags=["orders"])
User = Annotated[dict, Depends(get_current_active_user)]


@app.exception_handler(AuthError)
def auth_error(request: Request, exc: AuthError):
    return JSONResponse(status_code=exc.code, content={"message": exc.message})


@router.get("/bearer/{order_id}", dependencies=[Depends(JWTBearer())])
def bearer(order_id: int):  # finding: unowned-item
    return {"total": orders.get_item(Key={"order_id": order_id})["Item"]["total"]}


@router.get("/believed/{order_id}")
def believed(order_id: int, user=Depends(believes_anyone)):  # finding: unauthenticated-route
    return {"total": orders.get_item(Key={"order_id": order_id})["Item"]["total"]}


@router.get("/logged/{order_id}")
def logged(order_id: int, user=Depends(logs_and_goes_on)):  # finding: unauthenticated-route
    return {"total": orders.get_item(Key={"order_id": order_id})["Item"]["total"]}


@router.get("/believed/again/{order_id}")
def asked_again(order_id: int, user=Depends(believes_anyone)):
    if user is None:
        raise HTTPException(401)
    return {"total": orders.get_item(Key={"order_id": order_id, "user_id": user["sub"]})["Item"]["total"]}


@router.get("/keys/{order_id}")
def keys(order_id: int, user=Depends(tries_each_key)):
    return {"total": orders.get_item(Key={"order_id": order_id, "user_id": user["sub"]})["Item"]["total"]}


@router.get("/claim/{order_id}")
def claim(order_id: int, user=Depends(reads_a_claim)):
    return {"total": orders.get_item(Key={"order_id": order_id, "user_id": user})["Item"]["total"]}


@router.get("/mine")
def mine(user: User):
    r = orders.query(KeyConditionExpression=Key("user_id").eq(user["username"]))
    return {"totals": [o["total"] for o in r["Items"]]}


@router.get("/owned/{order_id}")
def owned(order_id: int, user: User):
    order = orders.get_item(Key={"order_id": order_id}).get("Item")
    if not order or order["user_id"] != user["username"]:
        raise HTTPException(404)
    return {"total": order["total"]}


@router.get("/unowned/{order_id}")
def unowned(order_id: int, user: User):  # finding: unowned-item
    order = orders.get_item(Key={"order_id": order_id}).get("Item")
    return {"total": order["total"]}


@router.get("/admin/{order_id}")
def admin(order_id: int, user=Depends(require_admin)):
    order = orders.get_item(Key={"order_id": order_id}).get("Item")
    return {"total": order["total"]}


@router.get("/machine/{order_id}", dependencies=[Depends(api_key)])
def machine(order_id: int):
    order = orders.get_item(Key={"order_id": order_id}).get("Item")
    return {"total": order["total"]}


@router.get("/cognito/{order_id}", dependencies=[Depends(cognito)])
def cog(order_id: int):  # finding: unowned-item
    order = orders.get_item(Key={"order_id": order_id}).get("Item")
    return {"total": order["total"]}


@router.get("/cognito2/{order_id}")
def cog2(order_id: int, claims: dict = Depends(cognito)):
    order = orders.get_item(Key={"order_id": order_id, "user_id": claims["sub"]}).get("Item")
    return {"total": order["total"]}


@router.get("/believed/{order_id}")
def believed(order_id: int, x_user_id: str = Header()):  # finding: unauthenticated-route
    order = orders.get_item(Key={"order_id": order_id}).get("Item")
    if order["user_id"] != x_user_id:
        raise HTTPException(403)
    return {"total": order["total"]}


@router.get("/none/{order_id}")
def none(order_id: int):  # finding: unauthenticated-route
    order = orders.get_item(Key={"order_id": order_id}).get("Item")
    return {"total": order["total"]}


app.include_router(router, prefix="/api")
