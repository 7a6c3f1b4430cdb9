"""Which requirements an exposure is evidence for, and under which precondition. Evidence, never a verdict."""

from __future__ import annotations

from typing import Final

from discreet.findings import Requirement

__all__ = ["ACCESS", "AUTHENTICATION", "COUNTS", "ERRORS", "INJECTION", "OVER_RETURN", "WRITES"]

CARD: Final = "card data in scope"
HEALTH: Final = "health data in scope"
PERSONAL: Final = "personal data in scope"
SERVICE: Final = "a SOC 2 report covers the service"


def _rows(pci: str, soc: str, hipaa: str, gdpr: str) -> tuple[Requirement, ...]:
    rows = (("PCI DSS 4.0.1", pci, CARD), ("SOC 2", soc, SERVICE), ("HIPAA 45 CFR", hipaa, HEALTH), ("GDPR", gdpr, PERSONAL))
    return tuple(Requirement(standard, tuple(ids.split()), precondition) for standard, ids, precondition in rows if ids)


OVER_RETURN: Final = _rows("3.4.1 3.3.1 6.2.4", "CC6.1 C1.1 PI1.4", "164.502(b) 164.514(d) 164.312(a)(1)", "5(1)(c) 5(1)(f) 25(2) 32")
ACCESS: Final = _rows("6.2.4", "CC6.1 CC6.3", "164.312(a)(1) 164.308(a)(4)(i)", "5(1)(f) 25(2) 32(1)(b)")
AUTHENTICATION: Final = _rows("6.2.4 8.3.1", "CC6.1", "164.312(a)(1) 164.312(d)", "32(1)(b) 25(2)")
WRITES: Final = _rows("6.2.4", "CC6.1", "164.312(c)(1)", "5(1)(d) 5(1)(f) 32")
INJECTION: Final = _rows("6.2.4", "CC6.1 CC7.1", "164.312(a)(1) 164.312(c)(1)", "32")
COUNTS: Final = _rows("", "A1.1", "", "5(1)(c) 32(1)(b)")
ERRORS: Final = _rows("6.2.4", "CC6.1 CC7.1", "164.312(a)(1)", "32")
