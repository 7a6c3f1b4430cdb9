from school.entities import Report, table


async def load(class_id: str, pupil_id: str) -> Report:
    found = await table.undisclosed(Report).get(class_id=class_id, pupil_id=pupil_id)  # finding: undisclosed-in-route
    return found.item


async def of_class(class_id: str):
    page = await table.undisclosed(Report).query(class_id=class_id, limit=50)  # finding: undisclosed-in-route
    return [whole.item for whole in page.items]


async def average(class_id: str) -> float:
    grades = [whole.item.grade for whole in await table.undisclosed(Report).query(class_id=class_id)]  # finding: undisclosed-in-route
    return sum(grades) / max(len(grades), 1)
