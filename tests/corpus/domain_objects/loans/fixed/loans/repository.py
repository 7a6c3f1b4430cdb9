import boto3
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from loans.domain import Loan, LoanNotFound, StoreFailed


class LoanRepository:
    def __init__(self, table=None):
        self._table = table or boto3.resource("dynamodb").Table("loans")

    def get(self, loan_id: str) -> Loan:
        try:
            item = self._table.get_item(Key={"loan_id": loan_id}).get("Item")
        except ClientError as error:
            raise StoreFailed from error
        if item is None:
            raise LoanNotFound
        return Loan.from_item(item)

    def of(self, borrower: str) -> list[Loan]:
        found = self._table.query(IndexName="by_borrower", KeyConditionExpression=Key("borrower").eq(borrower))
        return list(map(Loan.from_item, found["Items"]))

    def save(self, loan: Loan) -> None:
        self._table.put_item(Item=vars(loan).copy())
