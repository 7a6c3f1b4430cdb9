from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model


class ByManager(GlobalSecondaryIndex):
    class Meta:
        index_name = "by_manager"
        projection = AllProjection()

    manager_id = UnicodeAttribute(hash_key=True)


class Person(Model):
    class Meta:
        table_name = "people"
        region = "eu-west-1"

    person_id = UnicodeAttribute(hash_key=True)
    manager_id = UnicodeAttribute(null=True)
    full_name = UnicodeAttribute()
    ssn = UnicodeAttribute(null=True)
    salary = NumberAttribute(default=0)
    is_admin = BooleanAttribute(default=False)
    by_manager = ByManager()
