import os
from typing import Annotated

import aioboto3
import jwt
from boto3.dynamodb.conditions import Key
from fastapi import FastAPI, Path, Query, WebSocket, WebSocketDisconnect, status
from pydantic import BaseModel

app = FastAPI()
session = aioboto3.Session()


class Card(BaseModel):
    card: int
    text: str


async def member(socket: WebSocket, token: str) -> str | None:
    try:
        return jwt.decode(token, os.environ["SECRET"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        await socket.close(code=status.WS_1008_POLICY_VIOLATION)
        return None


@app.websocket("/boards/{board}")
async def follow(socket: WebSocket, board: Annotated[str, Path(pattern="^[a-z]{1,20}$")], token: str = Query()):
    me = await member(socket, token)
    if me is None:
        return
    await socket.accept()
    async with session.resource("dynamodb") as dynamo:
        table = await dynamo.Table("cards")
        try:
            found = await table.query(KeyConditionExpression=Key("board").eq(f"{me}#{board}"))
            await socket.send_json([{"card": int(each["card"]), "text": each["text"]} for each in found["Items"]])
            async for message in socket.iter_json():
                card = Card.model_validate(message)
                await table.put_item(Item={"board": f"{me}#{board}", "card": card.card, "text": card.text})
                await socket.send_json({"saved": True})
        except WebSocketDisconnect:
            pass
        except Exception:
            await socket.send_text("failed")
            await socket.close()
