import aioboto3
from boto3.dynamodb.conditions import Key
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
session = aioboto3.Session()
watching: dict[str, list[WebSocket]] = {}


class Watchers:
    async def tell(self, board: str, item: dict):
        for socket in watching.get(board, []):
            await socket.send_json(item)


watchers = Watchers()


@app.websocket("/boards/{board}")
async def follow(socket: WebSocket, board: str):  # finding: unauthenticated-route
    await socket.accept()
    async with session.resource("dynamodb") as dynamo:
        table = await dynamo.Table("cards")
        try:
            found = await table.query(KeyConditionExpression=Key("board").eq(board))  # finding: unvalidated-key
            await socket.send_json(found["Items"])  # finding: whole-item-returned
            async for card in socket.iter_json():
                await table.put_item(Item=card)  # finding: mass-assignment
                await socket.send_json({"saved": True})
        except WebSocketDisconnect:
            watching.pop(board, None)
        except Exception as error:
            await socket.send_text(f"failed: {error}")  # finding: exception-text-returned
            await socket.close()
