from fastapi import APIRouter, Depends, HTTPException
from pydantic import EmailStr

from app.repositories.customers import CustomerRepository
from app.security import get_current_user

router = APIRouter()
repository = CustomerRepository()


@router.get("/{email}")
def by_email(email: EmailStr, user: dict = Depends(get_current_user)):
    if "support" not in user["roles"]:
        raise HTTPException(403, "support only")
    customer = repository.by_email(email)
    if not customer:
        raise HTTPException(404, "unknown customer")
    return {"name": customer["name"], "card": "**** " + customer["card_number"][-4:]}
