# The article's first snippet, with the indentation that its print lost.
from fastapi import FastAPI, HTTPException, Depends
import boto3
from pydantic import BaseModel
import re

app = FastAPI()
dynamodb = boto3.resource('dynamodb', region_name='us-east-1')
table = dynamodb.Table('users')


class UserQuery(BaseModel):
    user_id: str


def validate_user_id(user_id: str) -> str:
    if not re.match(r'^[a-zA-Z0-9_-]{1,64}$', user_id):
        raise ValueError('Invalid user_id')
    return user_id


@app.get('/users/{user_id}')
def get_user(user_id: str, query: UserQuery = Depends(UserQuery)):  # finding: unauthenticated-route
    safe_id = validate_user_id(query.user_id)
    try:
        response = table.get_item(
            Key={'user_id': safe_id},
            ProjectionExpression='user_id,email,status'  # limit attributes
        )
        item = response.get('Item')
        if not item:
            raise HTTPException(status_code=404, detail='User not found')
        return item
    except Exception as e:
        raise HTTPException(status_code=500, detail='Database error')
