from app.core.config import settings
from app.repositories.base import DynamoRepository


class UserRepository(DynamoRepository):
    table_name = settings.users_table
    pk = "user_id"

    def by_email(self, email: str):
        from boto3.dynamodb.conditions import Attr
        items = self.table.scan(FilterExpression=Attr("email").eq(email))["Items"]
        return items[0] if items else None
