"""Floor 3: tables, and a principal's view of them. Knows no web framework."""

from discreet.view.definition import TableDefinition
from discreet.view.disclosure import Disclosure, DisclosurePage, Undisclosed, UndisclosedPage
from discreet.view.intents import increment
from discreet.view.table import Table
from discreet.view.transaction import Transaction
from discreet.view.view import UndisclosedView, View

__all__ = [
    "Disclosure",
    "DisclosurePage",
    "Table",
    "TableDefinition",
    "Transaction",
    "Undisclosed",
    "UndisclosedPage",
    "UndisclosedView",
    "View",
    "increment",
]
