from typing import Annotated
from uuid import UUID

import aioboto3
from fastapi import APIRouter, Body, Depends, FastAPI, HTTPException

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


@router.get("/{shipment_id}")
async def track(shipment_id: UUID, use: Annotated[TrackShipment, Depends(track_shipment)], me=Depends(customer)):
    shipment = await use(me, str(shipment_id))
    if shipment is None:
        raise HTTPException(404)
    return shipment


@router.get("/")
async def find(state: str, use: Annotated[FindShipments, Depends(find_shipments)], me=Depends(customer)):
    try:
        found = await use.execute(me, state)
    except Exception:
        raise HTTPException(422, {"state": state, "reason": "not understood"}) from None
    return {"total": len(found), "shipments": found}


@router.patch("/{shipment_id}")
async def amend(
    shipment_id: UUID,
    adapter: Annotated[ShipmentPort, Depends(port)],
    note: str = Body(embed=True, max_length=500),
    me=Depends(customer),
):
    await AmendShipment(adapter).execute(me, str(shipment_id), note)
    return {"amended": ["note"]}


app = FastAPI()
app.include_router(router)
