from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

from auth import reader
from dao.loans import LoanDAO
from dao.members import MemberDAO

app = FastAPI()
members = MemberDAO()
loans = LoanDAO()


class MemberForm(BaseModel):
    name: str
    email: str
    is_admin: bool = False
    verified: bool = False


@app.get("/members")
async def all_members(me: str = Depends(reader)):  # arguable: unowned-item
    return {"members": members.list()}  # finding: whole-item-returned


@app.get("/members/{member_id}")
async def one_member(member_id: str, me: str = Depends(reader)):  # finding: unowned-item
    member = members.get(member_id)
    if not member:
        raise HTTPException(404)
    return {"id": member_id, "name": member["name"], "password_hash": member["password_hash"]}  # finding: sensitive-attribute-in-response


@app.put("/members/me")
async def save_me(form: MemberForm, me: str = Depends(reader)):
    members.save(me, form.dict())
    return {"saved": True}


@app.get("/loans/{loan_id}")
async def one_loan(loan_id: str, me: str = Depends(reader)):  # finding: unowned-item
    try:
        loan = loans.get(loan_id)
    except Exception as problem:
        return {"error": repr(problem)}  # finding: exception-text-returned
    return loan  # finding: whole-item-returned


@app.get("/members/{member_id}/loans")
async def loans_of(member_id: int, n: int = 10, me: str = Depends(reader)):  # finding: unowned-item
    return [LoanDAO.brief(each) for each in loans.of_member(member_id, n)]
