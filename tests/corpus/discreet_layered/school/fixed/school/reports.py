from discreet import Disclosure, DisclosurePage, Principal
from school.entities import Report, table


async def load(me: Principal, class_id: str, pupil_id: str) -> Disclosure[Report]:
    return await table.view(Report, me).get(class_id=class_id, pupil_id=pupil_id)


async def of_class(me: Principal, class_id: str) -> DisclosurePage[Report]:
    return await table.view(Report, me).query(class_id=class_id, limit=50)


async def average(me: Principal, class_id: str) -> int:
    grades = [seen.item.grade for seen in await table.view(Report, me).query(class_id=class_id)]
    return round(sum(grades) / max(len(grades), 1))
