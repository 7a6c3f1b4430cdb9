from boto3.dynamodb.conditions import Key

from dao.base import BaseDAO


class MemberDAO(BaseDAO):
    table_name = "members"
    key_name = "member_id"

    def same_branch(self, member_id):
        me = self.get(member_id) or {}
        found = self._table.query(
            IndexName="by_branch",
            KeyConditionExpression=Key("branch").eq(me.get("branch", "-")),
            ProjectionExpression="#n",
            ExpressionAttributeNames={"#n": "name"},
        )
        return found["Items"]
