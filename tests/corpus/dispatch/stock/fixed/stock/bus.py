"""Sends each message to the function of its class."""

from collections.abc import Callable
from typing import Any


class Bus:
    def __init__(self):
        self.routes: dict[type, Callable] = {}

    def on(self, kind: type):
        def register(function):
            self.routes[kind] = function
            return function

        return register

    def send(self, message: Any) -> Any:
        return self.routes[type(message)](message)


bus = Bus()
