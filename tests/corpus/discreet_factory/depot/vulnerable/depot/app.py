from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import JSONResponse, Response

from depot.auth import principal
from depot.parcel import Address, Parcel
from discreet import Identifier, Table
from discreet.fastapi import protect, undisclosed_exit


def parcels_router(table: Table) -> APIRouter:
    router = APIRouter(prefix="/parcels", dependencies=[Depends(principal)])
    whole = table.undisclosed(Parcel)  # finding: undisclosed-in-route

    async def read(parcel_id: Identifier) -> Parcel:  # finding: naked-entity
        return (await whole.get(parcel_id=parcel_id)).item  # arguable: whole-item-returned

    async def address(parcel_id: Identifier) -> Address:  # finding: naked-entity
        found = await whole.get(parcel_id=parcel_id)
        return found.item.to  # arguable: whole-item-returned

    router.add_api_route("/{parcel_id}", read, methods=["GET"])
    router.add_api_route("/{parcel_id}/to", address, methods=["GET"])

    @router.get("/{parcel_id}/label")
    @undisclosed_exit("a label as plain text")
    async def label(parcel_id: Identifier) -> Response:  # arguable: unowned-item
        found = await table.undisclosed(Parcel).get(parcel_id=parcel_id)  # arguable: undisclosed-in-route
        return Response(f"{found.item.to.street}\n{found.item.to.entry_code}", media_type="text/plain")

    @router.get("/{parcel_id}/pickup", response_class=JSONResponse)
    async def pickup(parcel_id: Identifier):  # arguable: unowned-item
        found = await table.undisclosed(Parcel).get(parcel_id=parcel_id, consistent=True)  # finding: undisclosed-in-route
        secret = found.item.pickup_secret
        return JSONResponse({"pickup_secret": secret})  # arguable: sensitive-attribute-in-response

    return router


def create_app() -> FastAPI:
    app = FastAPI()
    protect(app, legacy="warn")
    app.include_router(parcels_router(Table("depot")))
    return app
