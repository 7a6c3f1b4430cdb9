from fastapi import Depends, FastAPI
from fastapi_utils.cbv import cbv
from fastapi_utils.inferring_router import InferringRouter
from pydantic import BaseModel

from cars import Car, garage
from discreet import Identifier, Principal
from discreet.fastapi import Disclosed, View, protect, view_of
from identity import asking

router = InferringRouter()


class Envelope(BaseModel):
    ok: bool = True
    data: Disclosed[Car] | None = None


@cbv(router)
class CarViews:
    who: Principal = Depends(asking)
    cars: View[Car] = Depends(view_of(Car, garage, asking))

    @router.get("/cars/{plate}")
    async def read(self, plate: Identifier) -> Envelope:
        return Envelope(data=await self.cars.get(plate=plate))

    @router.get("/cars/{plate}/tracker")
    async def tracker(self, plate: Identifier) -> Disclosed[Car]:
        return await self.cars.get(plate=plate)

    @router.get("/cars/{plate}/driver")
    async def driver(self, plate: Identifier) -> Disclosed[Car]:
        return await self._car(plate)

    @router.get("/cars/{plate}/pair")
    async def pair(self, plate: Identifier, other: Identifier) -> tuple[Disclosed[Car], Disclosed[Car]]:
        return await self._car(plate), await self._car(other)

    async def _car(self, plate: str):
        return await self.cars.get(plate=plate)


app = FastAPI()
protect(app)
app.include_router(router)
