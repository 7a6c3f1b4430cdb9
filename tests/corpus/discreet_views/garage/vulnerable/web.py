from typing import Generic, TypeVar

from fastapi import Depends, FastAPI
from fastapi_utils.cbv import cbv
from fastapi_utils.inferring_router import InferringRouter
from pydantic import BaseModel

from cars import Car, garage
from discreet import Identifier, Principal
from discreet.fastapi import protect
from identity import asking

T = TypeVar("T")
router = InferringRouter()


class Envelope(BaseModel, Generic[T]):
    ok: bool = True
    data: T | None = None


@cbv(router)
class CarViews:
    who: Principal = Depends(asking)

    @router.get("/cars/{plate}")
    async def read(self, plate: Identifier) -> Envelope[Car]:  # finding: naked-entity
        return Envelope(data=await self._car(plate))  # arguable: whole-item-returned

    @router.get("/cars/{plate}/tracker")
    async def tracker(self, plate: Identifier) -> dict[str, str]:  # arguable: unowned-item
        car = await self._car(plate)
        return {"plate": car.plate, "tracker": car.tracker_key}  # arguable: sensitive-attribute-in-response

    @router.get("/cars/{plate}/driver")
    async def driver(self, plate: Identifier) -> str:  # arguable: unowned-item
        async def name(of: str) -> str:
            return (await garage.undisclosed(Car).get(plate=of)).item.driver_id  # finding: undisclosed-in-route

        return await name(plate)

    @router.get("/cars/{plate}/pair")
    async def pair(self, plate: Identifier, other: Identifier) -> tuple[Car, Car]:  # finding: naked-entity
        return await self._car(plate), await self._car(other)  # arguable: whole-item-returned

    async def _car(self, plate: str) -> Car:
        reader = garage.undisclosed(Car)  # finding: undisclosed-in-route
        return (await reader.get(plate=plate)).item


app = FastAPI()
protect(app, legacy="warn")
app.include_router(router)
