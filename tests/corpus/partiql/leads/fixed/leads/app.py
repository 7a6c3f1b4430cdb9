import logging

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from pydantic import BaseModel

from leads import sql
from leads.seller import seller

router = APIRouter(prefix="/leads")
log = logging.getLogger(__name__)


class Lead(BaseModel):
    lead_id: int
    company: str


class Ranked(Lead):
    rank: int = 0


@router.get("/")
def index(me: str = Depends(seller)):
    return {"leads": sql.run('SELECT lead_id, company FROM "leads"."by_seller" WHERE seller = ?', me, Limit=100)}


@router.get("/by/{company}", response_model=list[Ranked])
def by_company(company: str, me: str = Depends(seller)):
    return sql.run('SELECT * FROM "leads"."by_seller" WHERE seller = ? AND company = ?', me, company)


@router.delete("/{lead_id}")
def delete(lead_id: int, me: str = Depends(seller)):
    try:
        sql.run("DELETE FROM leads WHERE lead_id = ? AND seller = ?", lead_id, me)
    except Exception as e:
        log.error("delete %s: %s", lead_id, e)
        raise HTTPException(400, detail={"reason": "not deleted"}) from e
    return {}


@router.get("/{lead_id}/bank")
def bank(lead_id: int, me: str = Depends(seller)):
    rows = sql.run("SELECT bank_name FROM leads WHERE lead_id = ? AND seller = ?", lead_id, me)
    return rows[0]


app = FastAPI()
app.include_router(router)
