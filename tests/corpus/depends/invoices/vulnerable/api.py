from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict

from deps import Principal, get_invoices, get_principal
from invoices import InvoiceService

app = FastAPI()
Invoices = Annotated[InvoiceService, Depends(get_invoices)]
Me = Annotated[Principal, Depends(get_principal)]


class InvoiceView(BaseModel):
    model_config = ConfigDict(extra="allow")
    number: str
    total: float


class Sort(BaseModel):
    attribute: str = "number"
    equals: str = ""


@app.get("/invoices/{number}", response_model=InvoiceView)
def get_invoice(number: str, invoices: Invoices, me: Me):  # finding: unowned-item, response-model-bypassed
    invoice = invoices.find(number)
    if invoice is None:
        raise HTTPException(404, "no invoice")
    return invoice  # arguable: whole-item-returned


@app.get("/invoices/{number}/raw", response_model=Any)
def raw_invoice(number: str, invoices: Invoices, me: Me):  # finding: unowned-item, response-model-bypassed
    return invoices.find(number)  # arguable: whole-item-returned


@app.post("/invoices/find")
def find(sort: Sort, invoices: Invoices, me: Me):
    return [{"number": i["number"], "total": i["total"]} for i in invoices.search(me.account, sort.attribute, sort.equals)]


@app.delete("/invoices/{number}")
def drop(number: str, invoices: Invoices, me: Me):  # finding: unowned-item
    return {"deleted": invoices.delete(number)}  # finding: whole-item-returned


@app.get("/stats")
def stats(invoices: Invoices):  # finding: unauthenticated-route
    return {"invoices": invoices.count()}
