from fastapi import APIRouter, Depends, FastAPI, HTTPException

from estates.store import Store
from estates.who import agent

router = APIRouter(dependencies=[Depends(agent)])
store = Store()


@router.get("/contracts/{contract_id}")
def read(contract_id: str, me: dict = Depends(agent)):  # finding: unowned-item
    found = store["contracts"].get_item(Key={"contract_id": contract_id}).get("Item")  # finding: unvalidated-key
    if found is None:
        raise HTTPException(404)
    return found  # finding: whole-item-returned


@router.delete("/contracts/{contract_id}")
def cancel(contract_id: int):  # finding: unowned-item
    store["contracts"].delete_item(Key={"contract_id": contract_id})
    return {"cancelled": contract_id}


@router.get("/me")
def me(who: dict = Depends(agent)):
    return {"name": who["name"], "salary": who["salary"], "pin_hash": who["pin_hash"]}  # finding: sensitive-attribute-in-response


app = FastAPI()
app.include_router(router)
