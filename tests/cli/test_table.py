"""`discreet table`: what it writes is valid and makes the table; what it reads of others' files is compared, or said to be unreadable."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import hcl2
import pytest
from cfnlint import api as cfn_lint

from discreet import Table
from discreet.cli.formats import cloudformation, create_table, tables_in, terraform
from discreet.errors import ConfigurationError
from discreet.view.checking import differences
from discreet.view.definition import IndexDefinition, KeyAttribute, TableDefinition

from ..engines import Engine
from ..view.clinic import fresh_table
from ..view.test_definition import Owner, Pet
from .test_cli import one_line, run

FILES = Path(__file__).parent / "files"

MODELS = """
from datetime import datetime
from typing import Annotated

from discreet import Access, Entity, Identifier, Index, Key, Kind, Table, anyone, epoch_seconds, nobody, relation, stored_as, visible_to

owner = relation(claim="sub", attribute="owner_id")
table = Table("clinic-prod")


class Pet(Entity):
    key = Key(pk="CLINIC#{clinic_id}", sk="PET#{pet_id}")
    kind = Kind("type", "PET")
    access = Access(expires="until")
    by_owner = Index("by_owner", Key(gsi1pk="OWNER#{owner_id}", gsi1sk="PET#{pet_id}"), projects={"name", "until"})
    clinic_id: Annotated[Identifier, visible_to(anyone)]
    pet_id: Annotated[Identifier, visible_to(anyone)]
    owner_id: Annotated[Identifier, visible_to(anyone)]
    name: Annotated[str, visible_to(anyone)]
    until: Annotated[datetime | None, visible_to(nobody), stored_as(format=epoch_seconds)] = None


class Vet(Entity):
    key = Key(pk="CLINIC#{clinic_id}", sk="VET#{vet_id}")
    clinic_id: Annotated[Identifier, visible_to(anyone)]
    vet_id: Annotated[Identifier, visible_to(anyone)]
    name: Annotated[str, visible_to(anyone)]
"""
MAIN = """
from app.models import Pet, table
from discreet.fastapi import view_of

pets = view_of(Pet, table, lambda: None)
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's project, with the current folder in it."""
    package = tmp_path / "app"
    package.mkdir()
    (package / "__init__.py").touch()
    # every component of an index's key has to be disclosed from what it holds
    (package / "models.py").write_text(MODELS.replace('{"name", "until"}', '{"name", "until", "owner_id"}'))
    (package / "main.py").write_text(MAIN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def definition(**more: Any) -> TableDefinition:
    """Pets and owners, with an index that holds some, a local one, and a time to live."""
    return Table("clinic").definition(Pet, Owner)


STRANGE = TableDefinition(
    name="9-strange.name",
    key=(KeyAttribute('a"b\\c', "HASH", "S"), KeyAttribute("${d}", "RANGE", "N")),
    indexes=(IndexDefinition("an.index", (KeyAttribute("%{e}\n$", "HASH", "B"),), frozenset({"é", "${f}", "!Ref g", "h: i"}), False),),
    expires=("!Sub ${j}",),
)
"""Names that DynamoDB takes, and that mean something where they are written."""

WRITTEN = [("table.json", cloudformation), ("table.tf", terraform), ("request.json", create_table)]


# What is written


@pytest.mark.parametrize("which", ["declared", "plain"])
def test_cloudformation_is_valid(which: str) -> None:
    """By the linter that AWS keeps, with its informational rules too."""
    plain = TableDefinition("notes", (KeyAttribute("user_id", "HASH", "S"),))
    text = cloudformation(definition() if which == "declared" else plain)
    found = cfn_lint.lint(text, regions=["eu-west-1"], config={"include_checks": ["I"]})
    # what remains is advice about what is not declared: backups, encryption
    assert [str(each) for each in found if not each.rule.id.startswith("I")] == []
    broken = text.replace('"KeySchema"', '"KeySchemas"')
    assert cfn_lint.lint(broken, regions=["eu-west-1"], config={})


def test_terraform_is_valid() -> None:
    """It parses, with the arguments that the provider takes."""
    (resource,) = hcl2.loads(terraform(definition()), serialization_options=hcl2.SerializationOptions(strip_string_quotes=True))["resource"]
    table = resource["aws_dynamodb_table"]["clinic"]
    assert (table["name"], table["hash_key"], table["range_key"], table["billing_mode"]) == ("clinic", "pk", "sk", "PAY_PER_REQUEST")
    assert [each["name"] for each in table["attribute"]] == ["pk", "sk", "gsi1pk", "gsi1sk", "lsi1sk"]
    (index,) = table["global_secondary_index"]
    assert (index["hash_key"], index["range_key"], index["projection_type"]) == ("gsi1pk", "gsi1sk", "INCLUDE")
    assert index["non_key_attributes"] == ["email", "name", "ownerId", "owner_id", "ttl", "type"]
    (local,) = table["local_secondary_index"]
    assert "hash_key" not in local, "the provider takes the table's"
    assert table["ttl"][0]["attribute_name"] == "ttl"


@pytest.mark.anyio
async def test_the_json_makes_the_table(engine: Engine) -> None:
    """As it stands, on both engines; and the check then finds nothing."""
    table = fresh_table(engine)
    text = create_table(table.definition(Pet, Owner))
    async with table:
        await (await table.store.transport()).send("CreateTable", json.loads(text))
        await table.check()
        assert await table.store.time_to_live() is None, "create-table has no word for it"
        await table.delete()


@pytest.mark.parametrize(("name", "write"), WRITTEN)
@pytest.mark.parametrize("which", ["declared", "strange"])
def test_what_is_written_reads_back(name: str, write: Any, which: str) -> None:
    """Every format, with names that mean something in it."""
    written = definition() if which == "declared" else STRANGE
    (found,) = tables_in(write(written), name)
    assert differences(written, found.found) == []
    read = found.found.definition
    assert (read.key, read.indexes, read.billing) == (written.key, written.indexes, written.billing)
    assert read.expires == (written.expires if found.found.tells_expiry else ())
    assert found.found.tells_expiry is (name != "request.json")


# The command


@pytest.mark.parametrize(("format", "name"), [("cloudformation", "t.json"), ("terraform", "t.tf"), ("json", "r.json")])
def test_the_command_writes_and_checks(app: Path, format: str, name: str) -> None:
    """From the current folder, for the entities that the views use."""
    printed = run("table", "app.main:table", "--format", format)
    assert printed.returncode == 0, printed.stderr
    written = run("table", "app.main:table", "--format", format, "--output", name)
    assert (written.returncode, written.stdout) == (0, "")
    assert (app / name).read_text() == printed.stdout
    same = run("table", "app.main:table", "--check", name)
    assert (same.returncode, same.stderr) == (0, "")
    assert len(same.stdout.splitlines()) == 1
    (app / name).write_text(printed.stdout.replace("gsi1sk", "other").replace('"until"', '"ends"'))
    other = run("table", "app.main:table", "--check", name)
    assert other.returncode == 1
    assert [line.split(":")[0].split(",")[0] for line in other.stdout.splitlines()][:2] == [
        "index `by_owner` has the key `gsi1pk` (S",
        "index `by_owner` projects `ends`",
    ]
    assert ("time to live is on `ends`" in other.stdout) is (format != "json")
    assert ("update-time-to-live" in written.stderr) is (format == "json")


def test_entities_are_those_that_are_registered_or_named_or_defined(app: Path) -> None:
    """And the last is said."""
    registered = run("table", "app.main:table")
    assert registered.stderr == ""
    assert "until" in registered.stdout
    named = run("table", "app.models:table", "--entity", "app.models:Vet")
    assert named.stderr == ""
    assert "by_owner" not in named.stdout
    both = run("table", "app.main:table", "--entity", "app.models:Vet")
    assert both.stdout == registered.stdout
    defined = run("table", "app.models:table")
    assert defined.stdout == registered.stdout
    assert "taking those that `app.models` defines: `Pet`, `Vet`" in defined.stderr


@pytest.mark.parametrize(
    ("file", "label"),
    [("stack.yaml", "Clinic"), ("main.tf", "aws_dynamodb_table.clinic"), ("plan.json", "module.tables.aws_dynamodb_table.this[0]")],
)
def test_files_of_others_are_read(app: Path, file: str, label: str) -> None:
    """Tags, parameters, variables, locals, modules, several tables: the one with the table's name is compared."""
    lacking = (FILES / file).read_text()
    # in YAML, in HCL, in JSON
    fit = re.sub(r'(NonKeyAttributes: \[|non_key_attributes = \[|"non_key_attributes": \[\s*)', r'\1"owner_id", ', lacking)
    (app / file).write_text(fit)
    same = run("table", "app.main:table", "--check", file)
    assert (same.returncode, same.stderr) == (0, "")
    assert label in same.stdout
    (app / file).write_text(lacking)
    lacks = run("table", "app.main:table", "--check", file)
    assert lacks.returncode == 1
    assert "lacks `owner_id`" in lacks.stdout
    other = run("table", "app.main:table", "--check", file, "--resource", "nothing")
    one_line(other, "there is no table `nothing`", label)


def test_our_stack_is_valid_too() -> None:
    """The file that the tests read is what people deploy."""
    text = (FILES / "stack.yaml").read_text()
    assert [str(each) for each in cfn_lint.lint(text, regions=["eu-west-1"], config={}) if each.rule.id.startswith("E")] == []


def test_a_table_is_chosen(app: Path) -> None:
    """By name, by --resource, or because there is no other; never guessed."""
    stack = (FILES / "stack.yaml").read_text()
    (app / "stack.yaml").write_text(stack.replace("clinic-${Stage}", "${AWS::StackName}-clinic"))
    one_line(run("table", "app.main:table", "--check", "stack.yaml"), "2 tables", "none of them", "--resource", "`Sessions`", "`Clinic`")
    chosen = run("table", "app.main:table", "--check", "stack.yaml", "--resource", "Clinic")
    assert chosen.returncode == 1
    assert chosen.stdout.startswith("index `by_owner` projects")
    (app / "one.json").write_text(cloudformation(definition()))
    alone = run("table", "app.main:table", "--check", "one.json")
    assert "the only table in one.json: its name there is `clinic`" in alone.stderr


def test_a_file_can_come_by_pipe(app: Path) -> None:
    """`terraform show -json plan | discreet table ... --check -`."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "discreet"), "table", "app.main:table", "--check", "-"],
        input=(FILES / "plan.json").read_text(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "lacks `owner_id`" in done.stdout


def test_a_template_without_time_to_live_is_fit_and_it_is_said(app: Path) -> None:
    """As in `table.check`."""
    text = run("table", "app.main:table", "--format", "terraform").stdout
    (app / "t.tf").write_text(re.sub(r"  ttl \{.*?\n  \}\n", "", text, flags=re.DOTALL))
    done = run("table", "app.main:table", "--check", "t.tf")
    assert done.returncode == 0
    assert "time to live is not enabled" in done.stderr


# What can not be run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["app.main"], ["names nothing to import"]),
        (["nothing:table"], ["no module `nothing`"]),
        (["app.main:nothing"], ["`app.main` has no `nothing`"]),
        (["app.models:Pet"], ["and no Table"]),
        (["app.main:table", "--entity", "app.main:table"], ["no type"]),
        (["app.main:table", "--entity", "builtins:int"], ["no Entity"]),
        (["app.main:table", "--check", "nothing.json"], ["nothing.json can not be read"]),
        (["app.main:table", "--check", "app"], ["can not be read"]),
        (["app.main:table", "--check", "t.json", "--format", "json"], ["either written or checked"]),
        (["app.main:table", "--output", "no/such/folder"], ["no folder `no/such`"]),
        (["app.broken:table"], ["importing `app.broken` failed: ZeroDivisionError"]),
        (["app.wrong:table"], ["declares no audience"]),
        (["app.bare:table"], ["no entity is registered", "--entity"]),
    ],
)
def test_what_can_not_be_run_is_said_in_one_line(app: Path, arguments: list[str], words: list[str]) -> None:
    """With exit 2, and what to do."""
    (app / "app/broken.py").write_text("1 / 0")
    (app / "app/wrong.py").write_text("from discreet import *\nclass Pet(Entity):\n    key = Key('a')\n    a: str\n")
    (app / "app/bare.py").write_text("from discreet import Table\ntable = Table('bare')\n")
    one_line(run("table", *arguments), *words)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.json", "{", "no JSON at line 1"),
        ("a.json", "[]", "nothing that describes a table"),
        ("a.json", "{}", "nothing that describes a table"),
        ("a.json", '{"Table": []}', "nothing that describes a table"),
        ("a.json", '{"KeySchema": 1}', "can not be read as a table"),
        ("a.json", '{"Resources": {"T": {"Type": "AWS::DynamoDB::Table"}}}', "can not be read as a table"),
        ("a.json", '{"planned_values": {}}', "there is no DynamoDB table"),
        ("a.json", '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}', "there is no DynamoDB table"),
        ("a.yaml", "a: [", "no YAML at line 1"),
        ("a.yaml", "a: &a [*a]\n? [b]\n: c", "YAML"),
        ("a.yaml", "- a", "nothing that describes a table"),
        ("a.yaml", "", "nothing that describes a table"),
        ("a.yaml", "Resources: {T: {Type: AWS::DynamoDB::Table, Properties: !If [a, b, c]}}", "can not be read as a table"),
        (
            "a.yaml",
            "Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {KeySchema: [{AttributeName: a, KeyType: HASH}], GlobalSecondaryIndexes: !If [a, b, c]}}}",
            "can not be read as a table",
        ),
        ("a.tf", 'resource "a {', "no HCL at line 1"),
        ("a.tf", 'module "t" {\n  source = "terraform-aws-modules/dynamodb-table/aws"\n}\n', "terraform show -json"),
        (
            "a.tf",
            'resource "aws_dynamodb_table" "t" {\n  hash_key = "a"\n  dynamic "global_secondary_index" {\n    for_each = var.i\n    content {}\n  }\n}\n',
            "dynamically",
        ),
        ("a.tf", 'resource "aws_dynamodb_table" "t" {\n  name = "t"\n}\n', "can not be read as a table"),
    ],
)
def test_a_file_that_can_not_be_read_is_no_file_that_agrees(name: str, text: str, words: str) -> None:
    """It raises, in one line; nothing of it counts as the same."""
    with pytest.raises(ConfigurationError) as raised:
        tables_in(text, name)
    assert words in f"{raised.value.message} ({raised.value.hint})"
    assert "\n" not in raised.value.message


def test_what_a_file_leaves_open_equals_nothing() -> None:
    """A key that is a parameter without a default is no key that is declared."""
    template = json.loads(cloudformation(definition()))
    template["Resources"]["ClinicTable"]["Properties"]["KeySchema"][0]["AttributeName"] = {"Ref": "PartitionKey"}
    (found,) = tables_in(json.dumps(template), "t.json")
    (line,) = differences(definition(), found.found)
    assert line.startswith("the key is `!Ref PartitionKey` (hash)")
    (found,) = tables_in(terraform(definition()).replace('= "sk"', "= var.sort_key"), "t.tf")
    assert any("`${var.sort_key}`" in each for each in differences(definition(), found.found))


@pytest.mark.parametrize(("package", "file", "name"), [("yaml", "stack.yaml", "pyyaml"), ("hcl2", "main.tf", "python-hcl2")])
def test_a_library_that_is_missing_is_said_in_one_line(app: Path, package: str, file: str, name: str) -> None:
    """Only where it is needed: writing, and JSON, need none."""
    hidden = app / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(f"import sys\nsys.modules[{package!r}] = None\n")
    done = run("table", "app.main:table", "--check", str(FILES / file), PYTHONPATH=str(hidden))
    one_line(done, name, "discreet[table]")
    written = run("table", "app.main:table", "--format", "terraform", PYTHONPATH=str(hidden))
    assert written.returncode == 0


def test_the_clinic_has_a_definition() -> None:
    """The example, as its own views use it."""
    module = import_module("clinic.app")
    names = [each.name for each in module.table.definition().indexes]
    assert names == ["by_owner"]
