from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, HTTPException

from estates.store import Store
from estates.who import agent

router = APIRouter(dependencies=[Depends(agent)])
store = Store()


def own(contract_id: UUID, me: dict = Depends(agent)) -> dict:
    found = store["contracts"].get_item(Key={"contract_id": str(contract_id)}).get("Item")
    if found is None or found["agent_id"] != me["agent_id"]:
        raise HTTPException(404)
    return found


@router.get("/contracts/{contract_id}")
def read(contract: dict = Depends(own)):
    return {"contract_id": contract["contract_id"], "rent": contract["rent"]}


@router.delete("/contracts/{contract_id}")
def cancel(contract_id: UUID, contract: dict = Depends(own)):
    store["contracts"].delete_item(Key={"contract_id": contract["contract_id"]})
    return {"cancelled": contract_id}


@router.get("/offices/{office}/contracts/{contract_id}")
def of_office(office: int, contract_id: UUID, me: dict = Depends(agent)):
    if not me["leads_office"]:
        raise HTTPException(403)
    found = store["contracts"].get_item(Key={"office": office, "contract_id": str(contract_id)}).get("Item")
    return {"rent": found["rent"]} if found else None


@router.get("/me")
def me(who: dict = Depends(agent)):
    return {"name": who["name"], "salary": who["salary"], "has_pin": "pin_hash" in who}


app = FastAPI()
app.include_router(router)
