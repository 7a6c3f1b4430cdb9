from functools import lru_cache
import boto3
from app.core.config import settings


@lru_cache
def get_dynamodb():
    return boto3.resource("dynamodb", region_name=settings.region)


def get_table(name: str):
    return get_dynamodb().Table(name)
