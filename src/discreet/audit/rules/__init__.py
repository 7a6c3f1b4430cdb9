"""The rules of the audit, one module and one page each."""
