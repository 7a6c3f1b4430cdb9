from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model


class Mechanic(Model):
    class Meta:
        table_name = "mechanics"

    badge = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    grade = UnicodeAttribute(default="junior")
    pin_hash = UnicodeAttribute()
    salary = NumberAttribute(null=True)
    employed = BooleanAttribute(default=True)


class Car(Model):
    class Meta:
        table_name = "cars"

    plate = UnicodeAttribute(hash_key=True)
    make = UnicodeAttribute()
    keeper = UnicodeAttribute()
    iban = UnicodeAttribute(null=True)


class Shift(Model):
    class Meta:
        table_name = "shifts"

    badge = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute(range_key=True)
    note = UnicodeAttribute(null=True)
