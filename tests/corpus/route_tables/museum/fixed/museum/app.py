from fastapi import FastAPI

from museum.visits import ROUTES, Visits
from museum.works import router


class Museum(FastAPI):
    """An app that declares its own routes."""

    def __init__(self, **options):
        super().__init__(**options)
        self.visits = Visits()
        for prefix, each in {"/works": router, "/visits": self.visits.router}.items():
            self.include_router(each, prefix=prefix)
        for path, handler, method in ROUTES:
            self.add_api_route(path, handler, methods=[method])


app = Museum(title="museum")
