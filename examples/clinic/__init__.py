"""A veterinary clinic's API: the example that the documentation and `discreet demo` show."""
