import os

import jwt
from fastapi import Body, Depends, FastAPI, Header, HTTPException, Query

from games.service import PlayerService


def player(authorization: str = Header()) -> str:
    try:
        return jwt.decode(authorization.removeprefix("Bearer "), os.environ["GAME_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None


def referee(authorization: str = Header()) -> str:
    try:
        claims = jwt.decode(authorization.removeprefix("Bearer "), os.environ["GAME_KEY"], algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    if not claims.get("referee"):
        raise HTTPException(403)
    return claims["sub"]


app = FastAPI()


@app.get("/players/{player_id}")
def profile(player_id: str, me: str = Depends(player)):
    if me != player_id:
        raise HTTPException(404)
    player_ = PlayerService.instance().profile(me)
    if player_ is None:
        raise HTTPException(404)
    return {"nick": player_["nick"], "signed_in": "auth_token" in player_}


@app.get("/ranking")
def ranking(n: int = Query(10, gt=0, lt=101), me: str = Depends(player)):
    return PlayerService.instance().ranking(n)


@app.post("/players/{player_id}/award", status_code=204)
def award(player_id: int, points: int = Body(embed=True, ge=1, le=50), who: str = Depends(referee)):
    PlayerService.instance().award(player_id, points)
