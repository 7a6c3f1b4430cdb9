from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    region: str = "us-east-1"
    users_table: str = "users"


settings = Settings()
