from fastapi import FastAPI, HTTPException, Depends
from pydantic import BaseModel
from pynamodb.exceptions import DoesNotExist
from models import UserModel

app = FastAPI()


class UserIn(BaseModel):
    email: str
    is_admin: bool = False


class UserOut(BaseModel):
    user_id: str
    email: str

    class Config:
        orm_mode = True


def load(user_id: str) -> UserModel:
    try:
        return UserModel.get(user_id)  # finding: unvalidated-key
    except DoesNotExist:
        raise HTTPException(404)


@app.get("/u/{user_id}", response_model=UserOut)
def one(user_id: str):  # finding: unauthenticated-route
    return load(user_id)


@app.get("/dict/{user_id}")
def one_dict(user_id: str):  # finding: unauthenticated-route
    return load(user_id).to_dict()


@app.get("/whole/{user_id}")
def whole(user_id: str):  # finding: unauthenticated-route
    user = load(user_id)
    return user.attribute_values  # finding: whole-item-returned


@app.get("/by/{email}")
def by(email: str):  # finding: unauthenticated-route
    users = [u.to_dict() for u in UserModel.email_index.query(email)]  # finding: unvalidated-key
    return users


@app.get("/all")
def everyone():  # finding: unauthenticated-route
    return [UserOut.from_orm(u) for u in UserModel.scan()]  # finding: scan-behind-route


@app.post("/new")
def new(user: UserIn):  # finding: unauthenticated-route
    model = UserModel(user_id="x", **user.dict())
    model.save()  # finding: mass-assignment
    return {"id": model.user_id}


@app.post("/new2")
def new2(user: UserIn):  # finding: unauthenticated-route
    model = UserModel(user_id="x", email=user.email)
    model.is_admin = False
    model.save()
    return {"id": model.user_id}


@app.patch("/u/{user_id}")
def change(user_id: int, user: UserIn):  # finding: unauthenticated-route
    model = UserModel.get(str(user_id))
    for k, v in user.dict(exclude_unset=True).items():
        setattr(model, k, v)
    model.save()  # finding: mass-assignment
    return {"ok": True}


@app.delete("/u/{user_id}")
def drop(user_id: int):  # finding: unauthenticated-route
    UserModel.get(user_id).delete()
    return {"ok": True}
