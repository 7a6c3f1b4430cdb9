"""One client for the whole process."""

import boto3


class Store:
    _only = None

    def __new__(cls, *args):
        if cls._only is None:
            cls._only = super().__new__(cls)
            cls._only.resource = boto3.resource("dynamodb")
        return cls._only

    def __getitem__(self, name):
        return self.resource.Table(name)
