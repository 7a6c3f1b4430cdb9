# The article's fourth snippet, with the app and table of its first. Its own third rule says to avoid Scan.
from pydantic import BaseModel
from typing import List

from .one import app, table


class UserOut(BaseModel):
    user_id: str
    email: str
    status: str

    class Config:
        orm_mode = True


@app.get('/users', response_model=List[UserOut])
def list_users():  # finding: unauthenticated-route
    response = table.scan(ProjectionExpression='user_id,email,status')  # finding: scan-behind-route
    return response.get('Items', [])
