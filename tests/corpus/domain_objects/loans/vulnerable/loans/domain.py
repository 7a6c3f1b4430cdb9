from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass
class Loan:
    loan_id: str
    borrower: str
    amount: Decimal
    credit_score_secret: str = ""
    rest: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> Loan:
        known = {name: item.pop(name) for name in ("loan_id", "borrower", "amount") if name in item}
        return cls(**known, rest=item)

    def to_dict(self) -> dict[str, Any]:
        return {"loan_id": self.loan_id, "borrower": self.borrower, "amount": str(self.amount), **self.rest}


class LoanNotFound(Exception):
    def __init__(self) -> None:
        super().__init__("no such loan")


class StoreFailed(Exception):
    pass
