import logging
import uuid

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel

from tickets import store
from tickets.access import agent

router = APIRouter(dependencies=[Depends(agent)])
log = logging.getLogger(__name__)


class Line(BaseModel):
    ticket_id: str
    subject: str


@router.get("/tickets", response_model=list[Line])
def index(where: str = ""):
    return store.load_open(where=where)


@router.get("/tickets/{ticket_id}")
def show(ticket_id: str):
    if len(ticket_id) != 12 or not ticket_id.isalnum():
        raise HTTPException(404)
    ticket = store.load(ticket_id)
    if not ticket:
        raise HTTPException(404)
    return {"ticket": Line(**ticket)}


@router.get("/tickets/{ticket_id}/contact")
def contact(ticket_id: uuid.UUID):
    ticket = store.load(ticket_id.hex) or {}
    return dict(email=ticket.get("email"), identified=ticket.get("passport_number") is not None)


@router.post("/tickets")
async def create(request: Request):
    body = await request.json()
    ticket = {name: str(body[name]) for name in ("subject", "email", "text") if name in body}
    ticket["ticket_id"] = uuid.uuid4().hex
    try:
        store.store(ticket)
    except Exception:
        log.exception("not stored")
        return {"ok": False, "why": "not stored"}
    return {"ok": True}


app = FastAPI()
app.include_router(router, prefix="/api")
