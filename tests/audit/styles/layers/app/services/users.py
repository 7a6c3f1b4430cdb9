from app.repositories.base import Repository
from app.repositories.users import UserRepository
from app.models.user import User


class UserService:
    def __init__(self, repo: Repository = None):
        self.repo = repo or UserRepository()

    async def get(self, user_id):
        item = self.repo.get(user_id)
        return User.model_validate(item) if item else None

    async def raw(self, user_id):
        return self.repo.get(user_id)

    async def all(self):
        return [User(**u) for u in self.repo.list()]

    async def create(self, payload):
        return self.repo.save(payload.model_dump())


def get_user_service() -> UserService:
    return UserService(UserRepository())
