import logging
import re

from fastapi import Depends, FastAPI, HTTPException, Path, Query
from pydantic import BaseModel

from auth import reader
from dao.loans import LoanDAO
from dao.members import MemberDAO

app = FastAPI()
log = logging.getLogger("library")
members = MemberDAO()
loans = LoanDAO()
LOAN = re.compile(r"L\d{9}")


class MemberForm(BaseModel):
    name: str
    email: str


@app.get("/members")
async def all_members(me: str = Depends(reader)):
    return {"members": members.same_branch(me)}


@app.get("/members/{member_id}")
async def one_member(member_id: str, me: str = Depends(reader)):
    if member_id != me:
        raise HTTPException(403, "that is someone else")
    member = members.get(me)
    if not member:
        raise HTTPException(404)
    return {"id": me, "name": member["name"], "has_password": bool(member.get("password_hash"))}


@app.put("/members/me")
async def save_me(form: MemberForm, me: str = Depends(reader)):
    members.save(me, form.dict())
    return {"saved": True}


@app.get("/loans/{loan_id}")
async def one_loan(loan_id: str, me: str = Depends(reader)):
    if not LOAN.fullmatch(loan_id):
        raise HTTPException(422, "no loan number")
    try:
        loan = loans.get(loan_id)
    except Exception:
        log.exception("loan %s", loan_id)
        return {"error": "try again later"}
    if loan is None or loan["member_id"] != me:
        raise HTTPException(404)
    return LoanDAO.brief(loan)


@app.get("/members/{member_id}/loans")
async def loans_of(member_id: str = Path(pattern=r"^[a-f0-9]{24}$"), n: int = Query(default=10, le=50), me: str = Depends(reader)):
    if member_id != me:
        raise HTTPException(403, "that is someone else")
    return [LoanDAO.brief(each) for each in loans.of_member(member_id, n)]
