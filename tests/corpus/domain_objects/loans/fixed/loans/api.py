from decimal import Decimal
from uuid import UUID, uuid4

from fastapi import Body, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from loans.domain import Loan, LoanNotFound, StoreFailed
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
    return JSONResponse({"detail": "the store has failed"}, 502)


def own(loan_id: UUID, me: str = Depends(customer)) -> Loan:
    loan = repository.get(str(loan_id))
    if loan.borrower != me:
        raise LoanNotFound
    return loan


@app.get("/loans")
def index(me: str = Depends(customer)):
    return [loan.to_dict() for loan in repository.of(me)]


@app.get("/loans/{loan_id}", response_model=LoanView)
def read(loan: Loan = Depends(own)):
    return loan.to_dict()


@app.get("/loans/{loan_id}/borrower")
def borrower(loan: Loan = Depends(own)):
    return {"name": loan.borrower}


@app.post("/loans", status_code=201)
def save(amount: Decimal = Body(embed=True, gt=0), me: str = Depends(customer)):
    loan = Loan(loan_id=str(uuid4()), borrower=me, amount=amount)
    repository.save(loan)
    return loan.to_dict()
