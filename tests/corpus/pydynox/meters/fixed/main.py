import os
import secrets
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Path
from pydynox import Model, ModelConfig
from pydynox.attributes import NumberAttribute, StringAttribute


def utility(x_api_key: Annotated[str, Header()]):
    if not secrets.compare_digest(x_api_key, os.environ["UTILITY_KEY"]):
        raise HTTPException(401, "who are you?")


app = FastAPI(dependencies=[Depends(utility)])
Serial = Annotated[str, Path(pattern=r"^\d{8}$")]


class Meter(Model):
    model_config = ModelConfig(table="meters")

    serial = StringAttribute(partition_key=True)
    street = StringAttribute()
    reading = NumberAttribute()
    service_secret = StringAttribute()


@app.get("/meters/{serial}")
async def meter(serial: Serial):
    found = await Meter.get(serial=serial)
    return {"street": found.street, "reading": found.reading}


@app.get("/meters/{serial}/readings")
async def readings(serial: Serial):
    found = Meter.query(partition_key=serial, fields=["serial", "reading"], as_dict=True)
    return [each async for each in found]
