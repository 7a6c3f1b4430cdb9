from typing import Any

from fastapi import Body, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from loans.domain import LoanNotFound, StoreFailed
from loans.repository import LoanRepository
from loans.customer import customer

app = FastAPI()
repository = LoanRepository()


class LoanView(BaseModel):
    loan_id: str
    amount: str


@app.exception_handler(LoanNotFound)
async def missing(request: Request, exc: LoanNotFound):
    return JSONResponse({"detail": str(exc)}, 404)


@app.exception_handler(StoreFailed)
async def failed(request: Request, exc: StoreFailed):
    return JSONResponse({"detail": str(exc)}, 502)  # finding: exception-text-returned


@app.get("/loans")
def index(me: str = Depends(customer)):  # arguable: unowned-item
    return [loan.to_dict() for loan in repository.all()]  # finding: whole-item-returned


@app.get("/loans/{loan_id}", response_model=LoanView)
def read(loan_id: str, me: str = Depends(customer)):  # finding: unowned-item, response-model-bypassed
    return JSONResponse(repository.get(loan_id).to_dict())  # arguable: whole-item-returned


@app.get("/loans/{loan_id}/borrower")
def borrower(loan_id: str, me: str = Depends(customer)):  # finding: unowned-item
    loan = repository.get(loan_id)
    return {"name": loan.borrower, "national_id": loan.rest["national_id"]}  # finding: sensitive-attribute-in-response


@app.post("/loans")
def save(values: dict[str, Any] = Body(...), me: str = Depends(customer)):
    repository.save(values)
    return {"saved": True}
