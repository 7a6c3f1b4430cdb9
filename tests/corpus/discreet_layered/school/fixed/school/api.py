from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI

from discreet import Identifier, Principal
from discreet.fastapi import Cursor, Disclosed, Page, protect
from school import reports
from school.entities import Report, table
from school.who import who

router = APIRouter(prefix="/classes/{class_id}")
Me = Annotated[Principal, Depends(who)]


@router.get("/pupils/{pupil_id}")
async def one(class_id: Identifier, pupil_id: Identifier, me: Me) -> Disclosed[Report]:
    return await reports.load(me, class_id, pupil_id)


@router.get("/pupils", response_model=Page[Report])
async def many(class_id: Identifier, me: Me) -> Page[Report]:
    return await reports.of_class(me, class_id)


@router.get("/average")
async def average(class_id: Identifier, me: Me) -> int:
    return await reports.average(me, class_id)


@router.get("/pages")
async def pages(class_id: Identifier, me: Me, after: Cursor | None = None) -> Page[Report]:
    return await table.view(Report, me).query(class_id=class_id, after=after)


app = FastAPI()
protect(app)
app.include_router(router)
