import threading

import boto3


class Singleton(type):
    _instances: dict = {}
    _lock = threading.Lock()

    def __call__(cls, *args, **kwargs):
        with cls._lock:
            if cls not in cls._instances:
                cls._instances[cls] = super().__call__(*args, **kwargs)
        return cls._instances[cls]


class Dynamo(metaclass=Singleton):
    def __init__(self):
        self.resource = boto3.resource("dynamodb")

    def __getitem__(self, name):
        return self.resource.Table(name)

    @property
    def players(self):
        return self["players"]

    def read(self, player_id):
        return self.players.get_item(Key={"player_id": player_id}).get("Item")  # finding: unvalidated-key

    def top(self, n):
        return self.players.scan(Limit=n)["Items"]  # finding: scan-behind-route, raw-cursor

    def write(self, player):
        self.players.put_item(Item=player)  # finding: mass-assignment
