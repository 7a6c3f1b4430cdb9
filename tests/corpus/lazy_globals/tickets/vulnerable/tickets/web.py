from typing import Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request

from tickets import store
from tickets.access import agent

router = APIRouter()


@router.get("/tickets", response_model=list[dict[str, Any]])
def index(where: str = "", who: str = Depends(agent)):  # finding: response-model-bypassed
    return store.load_all(where=where)  # arguable: whole-item-returned


@router.get("/tickets/{ticket_id}")
def show(ticket_id: str):  # finding: unauthenticated-route
    ticket = store.load(ticket_id)
    if not ticket:
        raise HTTPException(404)
    return {"ticket": ticket}  # finding: whole-item-returned


@router.get("/tickets/{ticket_id}/contact")
def contact(ticket_id: str):  # finding: unauthenticated-route
    ticket = store.load(ticket_id) or {}
    return dict(email=ticket.get("email"), passport=ticket.get("passport_number"), reset_token=ticket.get("reset_token"))  # finding: sensitive-attribute-in-response


@router.post("/tickets")
async def create(request: Request, who: str = Depends(agent)):
    body = await request.json()
    try:
        store.store(body)
    except Exception as exc:
        return {"ok": False, "why": " ".join(map(str, exc.args))}  # finding: exception-text-returned
    return {"ok": True}


app = FastAPI()
app.include_router(router, prefix="/api")
