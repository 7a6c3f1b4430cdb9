from pydantic import BaseModel, Field


class User(BaseModel):
    user_id: str
    email: str
    hashed_password: str = Field(default="")


class UserPublic(BaseModel):
    user_id: str
    email: str


class CreateUser(BaseModel):
    email: str
    role: str = "user"
