from typing import Any

from fastapi import FastAPI, HTTPException

from games.service import PlayerService

app = FastAPI()


@app.get("/players/{player_id}")
def profile(player_id: str):  # finding: unauthenticated-route
    player = PlayerService.instance().profile(player_id)
    if player is None:
        raise HTTPException(404)
    return {"nick": player["nick"], "auth_token": player["auth_token"]}  # finding: sensitive-attribute-in-response


@app.get("/ranking", response_model=list[dict[str, Any]])
def ranking(n: int = 10):  # finding: unauthenticated-route, response-model-bypassed
    return PlayerService.instance().ranking(n)  # arguable: whole-item-returned


@app.post("/players/{player_id}/award")
def award(player_id: str, extra: dict[str, Any]):  # finding: unauthenticated-route
    try:
        return PlayerService.instance().award(player_id, extra)  # finding: whole-item-returned
    except TypeError as e:
        raise HTTPException(400, detail=e.__str__())  # finding: exception-text-returned
