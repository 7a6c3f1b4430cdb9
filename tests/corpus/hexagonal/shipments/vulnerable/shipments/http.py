from typing import Annotated, Any
from uuid import UUID

import aioboto3
from fastapi import APIRouter, Depends, FastAPI, HTTPException
from pydantic import BaseModel

from shipments.dynamo import DynamoShipments
from shipments.identity import customer
from shipments.ports import ShipmentPort
from shipments.usecases import AmendShipment, FindShipments, TrackShipment

router = APIRouter(prefix="/shipments")
_session = aioboto3.Session()


def port() -> ShipmentPort:
    return DynamoShipments(_session)


def track_shipment(adapter: Annotated[ShipmentPort, Depends(port)]) -> TrackShipment:
    return TrackShipment(adapter)


def find_shipments(adapter: Annotated[ShipmentPort, Depends(port)]) -> FindShipments:
    return FindShipments(adapter)


class Tracked(BaseModel):
    shipment_id: str
    customer_id: str
    driver_passport_number: str | None = None


@router.get("/{shipment_id}", response_model=Tracked)
async def track(shipment_id: str, use: Annotated[TrackShipment, Depends(track_shipment)], me=Depends(customer)):  # finding: unowned-item
    return await use(shipment_id)  # finding: sensitive-attribute-in-response


@router.get("/")
async def find(where: str, use: Annotated[FindShipments, Depends(find_shipments)], me=Depends(customer)):  # arguable: unowned-item
    try:
        found = await use.execute(where)
    except Exception as reason:
        raise HTTPException(422, {"where": where, "reason": str(reason)}) from None  # finding: exception-text-returned
    return {"total": len(found), "shipments": found}  # finding: whole-item-returned


@router.patch("/{shipment_id}")
async def amend(shipment_id: UUID, change: dict[str, Any], adapter: Annotated[ShipmentPort, Depends(port)]):  # finding: unauthenticated-route
    await AmendShipment(adapter).execute(str(shipment_id), change)
    return {"amended": sorted(change)}


app = FastAPI()
app.include_router(router)
