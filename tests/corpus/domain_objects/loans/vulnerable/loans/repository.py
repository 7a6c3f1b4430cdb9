import boto3
from botocore.exceptions import ClientError

from loans.domain import Loan, LoanNotFound, StoreFailed


class LoanRepository:
    def __init__(self, table=None):
        self._table = table or boto3.resource("dynamodb").Table("loans")

    def get(self, loan_id: str) -> Loan:
        try:
            item = self._table.get_item(Key={"loan_id": loan_id}).get("Item")  # finding: unvalidated-key
        except ClientError as error:
            raise StoreFailed(f"reading {loan_id}: {error}") from error  # arguable: exception-text-returned
        if item is None:
            raise LoanNotFound
        return Loan.from_item(item)

    def all(self) -> list[Loan]:
        return list(map(Loan.from_item, self._table.scan()["Items"]))  # finding: scan-behind-route

    def save(self, values: dict) -> None:
        self._table.put_item(Item=values)  # finding: mass-assignment
