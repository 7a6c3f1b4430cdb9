from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import Response

from depot.auth import principal
from depot.parcel import Parcel
from discreet import Identifier, Table
from discreet.fastapi import Disclosed, View, protect, undisclosed_exit, view_of


def parcels_router(table: Table) -> APIRouter:
    router = APIRouter(prefix="/parcels")
    parcels_of = view_of(Parcel, table, principal)

    async def read(parcel_id: Identifier, parcels: Annotated[View[Parcel], Depends(parcels_of)]) -> Disclosed[Parcel]:
        return await parcels.get(parcel_id=parcel_id)

    router.add_api_route("/{parcel_id}", read, methods=["GET"])
    router.add_api_route("/{parcel_id}/to", read, methods=["GET"])

    @router.get("/{parcel_id}/label")
    @undisclosed_exit("a label as plain text, of what the caller may see")
    async def label(parcel_id: Identifier, parcels: Annotated[View[Parcel], Depends(parcels_of)]) -> Response:
        found = await parcels.get(parcel_id=parcel_id)
        return Response(found.item.to.street, media_type="text/plain")

    @router.get("/{parcel_id}/pickup")
    async def pickup(parcel_id: Identifier, parcels: Annotated[View[Parcel], Depends(parcels_of)]) -> Disclosed[Parcel]:
        return await parcels.get(parcel_id=parcel_id, consistent=True)

    return router


def create_app() -> FastAPI:
    app = FastAPI()
    protect(app)
    app.include_router(parcels_router(Table("depot")))
    return app
