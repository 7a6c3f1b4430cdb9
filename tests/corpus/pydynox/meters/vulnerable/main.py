from fastapi import FastAPI
from pydynox import Model, ModelConfig
from pydynox.attributes import NumberAttribute, StringAttribute

app = FastAPI()


class Meter(Model):
    model_config = ModelConfig(table="meters")

    serial = StringAttribute(partition_key=True)
    street = StringAttribute()
    reading = NumberAttribute()
    service_secret = StringAttribute()


@app.get("/meters")
async def meters():  # finding: unauthenticated-route
    return [each.to_dict() async for each in Meter.scan()]  # finding: scan-behind-route, whole-item-returned


@app.get("/meters/raw")
def raw():  # finding: unauthenticated-route
    return list(Meter.sync_parallel_scan(total_segments=4, as_dict=True))  # finding: scan-behind-route, whole-item-returned


@app.get("/meters/{serial}")
async def meter(serial: str):  # finding: unauthenticated-route
    found = await Meter.get(serial=serial)  # finding: unvalidated-key
    return {"street": found.street, "service_secret": found.pin_code}  # finding: sensitive-attribute-in-response


@app.get("/streets")
async def by(field: str, value: str):  # finding: unauthenticated-route
    found = Meter.scan(filter_condition=getattr(Meter, field) == value)  # finding: scan-behind-route, expression-injection
    return [each.reading async for each in found]
