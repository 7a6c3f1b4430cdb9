from fastapi import APIRouter, Depends, FastAPI, HTTPException
from pydantic import BaseModel

from leads import sql
from leads.seller import seller

router = APIRouter(prefix="/leads")


class Lead(BaseModel):
    lead_id: str
    company: str


class Ranked(Lead, extra="allow"):
    rank: int = 0


@router.get("/")
def index(token: str | None = None, me: str = Depends(seller)):  # arguable: unowned-item
    rows, following = sql.run('SELECT * FROM "leads"', **({"NextToken": token} if token else {}))
    return {"leads": rows, "next": following}  # finding: whole-item-returned  # arguable: raw-cursor


@router.get("/by/{company}", response_model=list[Ranked])
def by_company(company: str, me: str = Depends(seller)):  # finding: response-model-bypassed  # arguable: unowned-item
    rows, _ = sql.run(f"""SELECT * FROM "leads"."by_company" WHERE company = '{company}'""")
    return rows  # arguable: whole-item-returned


@router.delete("/{lead_id}")
def delete(lead_id: str, me: str = Depends(seller)):  # arguable: unowned-item
    try:
        sql.run("DELETE FROM leads WHERE lead_id = '" + lead_id + "'")
    except Exception as e:
        raise HTTPException(400, detail={"reason": str(e)})  # finding: exception-text-returned
    return {}


@router.get("/{lead_id}/bank")
def bank(lead_id: int, me: str = Depends(seller)):  # arguable: unowned-item
    rows, _ = sql.run("SELECT iban, tax_id FROM leads WHERE lead_id = ?", lead_id)
    return rows[0]  # finding: sensitive-attribute-in-response


app = FastAPI()
app.include_router(router)
