from fastapi import APIRouter, Depends, HTTPException, Request
from app.models.user import CreateUser, User, UserPublic
from app.services.users import UserService, get_user_service

router = APIRouter()


@router.get("/{user_id}", response_model=User)
async def read(user_id: str, service: UserService = Depends(get_user_service)):  # finding: unowned-item
    user = await service.get(user_id)
    if not user:
        raise HTTPException(status_code=404, detail="no")
    return user  # finding: sensitive-attribute-in-response


@router.get("/{user_id}/public")
async def public(user_id: str, service: UserService = Depends(get_user_service)) -> UserPublic:
    return await service.get(user_id)


@router.get("/{user_id}/raw")
async def raw(user_id: str, request: Request, service: UserService = Depends(get_user_service)):
    if user_id != request.state.user_id:
        raise HTTPException(403)
    return await service.raw(user_id)  # finding: whole-item-returned


@router.get("/")
async def everyone(service: UserService = Depends(get_user_service)):
    return await service.all()  # finding: sensitive-attribute-in-response


@router.post("/")
async def create(payload: CreateUser, service: UserService = Depends()):
    return await service.create(payload)
