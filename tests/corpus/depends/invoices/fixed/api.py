from typing import Annotated, Literal

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, StringConstraints

from deps import Principal, get_invoices, get_principal
from invoices import InvoiceService

app = FastAPI()
Invoices = Annotated[InvoiceService, Depends(get_invoices)]
Me = Annotated[Principal, Depends(get_principal)]
Number = Annotated[str, StringConstraints(pattern=r"^INV-[0-9]{6}$")]


class InvoiceView(BaseModel):
    model_config = ConfigDict(extra="ignore")
    number: str
    total: float


class Sort(BaseModel):
    attribute: Literal["number", "customer"] = "number"
    equals: str = ""


@app.get("/invoices/{number}", response_model=InvoiceView)
def get_invoice(number: Number, invoices: Invoices, me: Me):
    invoice = invoices.find(number, me.account)
    if invoice is None:
        raise HTTPException(404, "no invoice")
    return invoice


@app.get("/invoices/{number}/raw", response_model=InvoiceView)
def raw_invoice(number: Number, invoices: Invoices, me: Me):
    invoice = invoices.find(number, me.account)
    if invoice is None:
        raise HTTPException(404, "no invoice")
    return invoice


@app.post("/invoices/find")
def find(sort: Sort, invoices: Invoices, me: Me):
    return [{"number": i["number"], "total": i["total"]} for i in invoices.search(me.account, sort.attribute, sort.equals)]


@app.delete("/invoices/{number}")
def drop(number: Number, invoices: Invoices, me: Me):
    invoices.delete(number, me.account)
    return {"deleted": number}


@app.get("/stats")
def stats(invoices: Invoices, me: Me):
    return {"invoices": invoices.count(me.account)}
