from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI

from discreet import Identifier, Principal, UndisclosedPage
from discreet.fastapi import protect
from school import reports
from school.entities import Report, table
from school.who import who

router = APIRouter(prefix="/classes/{class_id}")
Me = Annotated[Principal, Depends(who)]


@router.get("/pupils/{pupil_id}")
async def one(class_id: Identifier, pupil_id: Identifier, me: Me) -> Report:  # finding: naked-entity
    return await reports.load(class_id, pupil_id)  # arguable: whole-item-returned


@router.get("/pupils", response_model=list[Report])
async def many(class_id: Identifier, me: Me):  # finding: naked-entity
    return await reports.of_class(class_id)  # arguable: whole-item-returned


@router.get("/average")
async def average(class_id: Identifier, me: Me) -> dict[str, float]:  # arguable: unowned-item
    return {"average": await reports.average(class_id)}


@router.get("/pages")
async def pages(class_id: Identifier, me: Me) -> UndisclosedPage[Report]:  # finding: naked-entity
    return await table.undisclosed(Report).query(class_id=class_id)  # finding: undisclosed-in-route  # arguable: whole-item-returned


app = FastAPI()
protect(app, legacy="warn")
app.include_router(router)
