from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Loan:
    loan_id: str
    borrower: str
    amount: Decimal

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> Loan:
        return cls(**{name: item[name] for name in ("loan_id", "borrower", "amount")})

    def to_dict(self) -> dict[str, Any]:
        return {"loan_id": self.loan_id, "borrower": self.borrower, "amount": str(self.amount)}


class LoanNotFound(Exception):
    def __init__(self) -> None:
        super().__init__("no such loan")


class StoreFailed(Exception):
    pass
