from fastapi import APIRouter, HTTPException

from app.repositories.customers import CustomerRepository

router = APIRouter()
repository = CustomerRepository()


@router.get("/{email}")
def by_email(email: str):  # finding: unauthenticated-route
    customer = repository.by_email(email)
    if not customer:
        raise HTTPException(404, "unknown customer")
    return {"name": customer["name"], "tax_id": customer["tax_id"], "card_number": customer["card_number"]}  # finding: sensitive-attribute-in-response
