"""A table's definition as text and back: one module a format, each with what it writes and what it reads of others' files."""

from discreet.cli.formats.cloudformation import cloudformation
from discreet.cli.formats.files import tables_in
from discreet.cli.formats.found import Described
from discreet.cli.formats.request import create_table
from discreet.cli.formats.terraform import terraform

__all__ = ["Described", "cloudformation", "create_table", "tables_in", "terraform"]
