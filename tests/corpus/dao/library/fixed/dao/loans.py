from boto3.dynamodb.conditions import Key

from dao.base import BaseDAO


class LoanDAO(BaseDAO):
    table_name = "loans"
    key_name = "loan_id"

    def of_member(self, member_id, n):
        return self._table.query(IndexName="by_member", KeyConditionExpression=Key("member_id").eq(member_id), Limit=n)["Items"]

    @staticmethod
    def brief(loan):
        return {"loan_id": loan["loan_id"], "title": loan["title"], "due": loan["due"]}
