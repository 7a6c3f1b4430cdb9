from typing import Annotated

from discreet import Entity, Identifier, Key, Table, relation, visible_to

pupil = relation(claim="sub", attribute="pupil_id")
teacher = relation(claim="teaches", attribute="class_id")


class Report(Entity):
    key = Key("class_id", "pupil_id")

    class_id: Annotated[Identifier, visible_to(pupil, teacher)]
    pupil_id: Annotated[Identifier, visible_to(pupil, teacher)]
    grade: Annotated[int, visible_to(pupil, teacher)]
    remark: Annotated[str | None, visible_to(teacher)] = None


table = Table("school")
