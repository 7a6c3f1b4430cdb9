"""Whatever is in a folder, the audit ends, and says what it could not read."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from discreet.audit import audit

APP = """
import boto3
from fastapi import FastAPI
app = FastAPI()
table = boto3.resource("dynamodb").Table("t")
@app.get("/items/{key}")
def read(key: str):
    return table.get_item(Key={"key": key})["Item"]
"""


def reasons(root: Path) -> dict[str, str]:
    """What an audit could not read."""
    return {each.path: each.reason for each in audit(root).unparsed}


def app_with(body: str) -> str:
    """An app whose only handler has a body."""
    head = APP.split("    return")[0]
    return head + "".join(f"    {line}\n" for line in body.splitlines())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"def f(:\n", "line 1:"),
        (b"x = 1\n\0\0", "binary"),
        ("é = 1".encode("latin-1"), "declare its encoding"),
        (b"# coding: no-such-encoding\n", "encoding that is unknown"),
        (b"x = " + b"[" * 500 + b"]" * 500, "nested too deeply"),
        (b"x = " + b"-" * 100_000 + b"1", "nested too deeply"),
        (b"x = 1\n" * 2_000_000, "larger than"),
        (b"type X[T] = list[T]\ndef f[T](x: T) -> T: return x\n", ""),
    ],
    ids=["syntax", "binary", "latin-1", "coding", "brackets", "minuses", "large", "newer"],
)
def test_what_cannot_be_read_is_said(content: bytes, reason: str, tmp_path: Path) -> None:
    """Each broken file is listed with its reason, and the others are audited."""
    (tmp_path / "broken.py").write_bytes(content)
    (tmp_path / "app.py").write_text(APP)
    report = audit(tmp_path)
    found = {each.path: each.reason for each in report.unparsed}
    assert reason in found.get("broken.py", "")
    assert found or not reason
    assert "whole-item-returned" in {each.rule for each in report.findings}


@pytest.mark.parametrize(
    "text",
    [
        "def f[T](x: T) -> T:\n    return x\n",
        "class Box[T]:\n    pass\n",
        "type Names = list[str]\n",
        'x = f"{f"{1}"}"\n',
        "x = t'hello {1}'\n",
        "try:\n    pass\nexcept ValueError, TypeError:\n    pass\n",
    ],
    ids=["function", "class", "alias", "f-string", "template", "except"],
)
def test_newer_syntax_is_named(text: str, tmp_path: Path) -> None:
    """Syntax that the running Python does not know is said to be newer, where it can be told."""
    (tmp_path / "a.py").write_text(text)
    found = reasons(tmp_path)
    assert not found or "newer Python" in found["a.py"]


def test_declared_encodings_and_marks_are_read(tmp_path: Path) -> None:
    """A byte order mark is no error, nor is a declared encoding."""
    (tmp_path / "bom.py").write_bytes(b"\xef\xbb\xbf" + APP.encode())
    (tmp_path / "latin.py").write_bytes("# coding: latin-1\ntext = 'é'\n".encode("latin-1"))
    report = audit(tmp_path)
    assert not report.unparsed
    assert report.findings


def test_environments_and_loops_are_left_alone(tmp_path: Path) -> None:
    """Committed environments and installed packages are not the project, and links do not loop."""
    (tmp_path / "app.py").write_text(APP)
    for folder in ("env", "lib/site-packages", "node_modules/x", ".hidden"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "app.py").write_text(APP)
    (tmp_path / "env" / "pyvenv.cfg").touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "dangling.py").symlink_to(tmp_path / "nowhere")
    report = audit(tmp_path)
    assert report.files == 2
    assert report.routes == 1
    assert [each.path for each in report.unparsed] == ["dangling.py"]


def test_one_file_is_a_root(tmp_path: Path) -> None:
    """A file can be audited alone."""
    (tmp_path / "app.py").write_text(APP)
    report = audit(tmp_path / "app.py")
    assert (report.files, report.routes) == (1, 1)
    assert {each.region.path for each in report.findings} == {"app.py"}


def test_excluded_paths_are_not_read(tmp_path: Path) -> None:
    """`exclude` takes patterns of paths and folders."""
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "app.py").write_text(APP)
    assert audit(tmp_path, exclude=["old"]).files == 0
    assert audit(tmp_path, exclude=["*/app.py"]).files == 0


def test_rules_can_be_chosen_and_progress_is_told(tmp_path: Path) -> None:
    """Only what is asked for is looked for."""
    (tmp_path / "app.py").write_text(APP)
    told: list[tuple[int, int]] = []
    report = audit(tmp_path, rules={"unvalidated-key"}, progress=lambda done, total: told.append((done, total)))
    assert {each.rule for each in report.findings} == {"unvalidated-key"}
    assert told == [(1, 1)]


def _cycle(root: Path) -> None:
    (root / "a.py").write_text("from b import *\nfrom b import table, load\nimport b\n" + APP.replace("table = ", "other = "))
    (root / "b.py").write_text("from a import *\nfrom a import other as table\nimport a\nload = a.load\nx = a.b.a.b\n")


def _recursion(root: Path) -> None:
    (root / "app.py").write_text(
        app_with("def f(x): return g(x) + f(x)\ndef g(x): return f(x)\nreturn f(g(table.get_item(Key={'key': key})))")
    )


def _self(root: Path) -> None:
    (root / "app.py").write_text(
        app_with("x = {}\nx['x'] = x\nx.update(x)\nfor i in x: x[i] = [x, x]\nwhile True:\n    x = {'a': x, 'b': [x]}\nreturn x")
    )


def _doubling(root: Path) -> None:
    lines = "\n".join(f"v{n} = {{'a': v{n - 1}, 'b': v{n - 1}, key: v{n - 1}}}" for n in range(1, 40))
    (root / "app.py").write_text(app_with(f"v0 = table.get_item(Key={{'key': key}})\n{lines}\nreturn v39"))


def _text(root: Path) -> None:
    lines = "\n".join(f"t{n} = f'{{t{n - 1}}}{{t{n - 1}}}{{key}}'" for n in range(1, 60))
    (root / "app.py").write_text(app_with(f"t0 = 'x'\n{lines}\nreturn t59"))


def _constants(root: Path) -> None:
    (root / "app.py").write_text(app_with("t = 'x' * 10 ** 9\nu = 'y'\n" + "u = u + u\n" * 60 + "return 2 ** 10 ** 10, t, u"))


def _branches(root: Path) -> None:
    lines = "\n".join(f"if key == '{n}':\n    x = f(x, {n})" for n in range(400))
    (root / "app.py").write_text(app_with(f"def f(a, b): return [a, b]\nx = 0\n{lines}\nreturn x"))


def _fan(root: Path) -> None:
    functions = "\n".join(f"def f{n}(x):\n    return f{n + 1}(x), f{n + 1}([x]), f{n + 1}({{'a': x}})" for n in range(30))
    (root / "app.py").write_text(f"def f30(x): return x\n{functions}\n" + app_with("return f0(key)"))


def _bases(root: Path) -> None:
    (root / "app.py").write_text(
        "class A(B): pass\nclass B(A): pass\nclass C(C): x: C\n" + APP + "@app.get('/c', response_model=A)\ndef c(a: A, c: C): return a\n"
    )


def _routers(root: Path) -> None:
    (root / "app.py").write_text(
        "from fastapi import APIRouter\nr = APIRouter()\ns = APIRouter()\nr.include_router(s)\ns.include_router(r)\nr.include_router(r)\n@r.get('/')\ndef f(): pass\n"
    )


def _dependencies(root: Path) -> None:
    (root / "app.py").write_text(
        APP + "from fastapi import Depends\ndef a(x=Depends(lambda y=Depends(a): y)): pass\n@app.get('/d')\ndef d(x=Depends(a)): return x\n"
    )


def _long(root: Path) -> None:
    (root / "app.py").write_text(APP + "x = " + " + ".join(["'a'"] * 3000) + "\ny = x" + ".a" * 900 + "\n")


def _aliases(root: Path) -> None:
    (root / "app.py").write_text(
        "X = list['Y']\nY = dict[str, 'X']\nZ = 'Z'\n" + APP + "@app.get('/z')\ndef z(a: X, b: Y, c: Z) -> X: return a\n"
    )


def _tables_of_data(root: Path) -> None:
    entries = ",".join(f"'k{n}': {{'a': {n}}}" for n in range(40_000))
    sets = "\n".join(f"e['k{n}'] = {n}" for n in range(8_000))
    (root / "app.py").write_text(f"d = {{{entries}}}\ne = {{}}\n{sets}\n" + app_with("return [d[key], e[key], list(d.items())]"))


def _parts(root: Path) -> None:
    lines = "\n".join(f"b = b['a_long_name_of_a_part_{n}']" for n in range(8_000))
    (root / "app.py").write_text(app_with(f"import json\nb = json.loads(key)\n{lines}\ntable.put_item(Item=b)"))


def _loops_of_routes(root: Path) -> None:
    loops = "".join("    " * n + f"for a{n} in {list(range(12))}:\n" for n in range(10))
    (root / "app.py").write_text(APP + loops + "    " * 10 + "app.add_api_route(f'/{a0}{a9}', read)\n")


def _answers(root: Path) -> None:
    sends = "".join("    await socket.send_json(table.scan())\n" for _ in range(3_000))
    (root / "app.py").write_text(APP + f"from fastapi import WebSocket\n@app.websocket('/w')\nasync def w(socket: WebSocket):\n{sends}")


def _makers(root: Path) -> None:
    (root / "app.py").write_text(
        APP
        + "class A:\n    def __new__(cls): return A()\nclass B(FastAPI):\n    def __init__(self):\n        super().__init__()\n"
        + "        self.b = B()\n        self.include_router(self)\nb = B()\n@b.get('/x')\ndef x(a=A()): return b.b.b.routes\n"
        + "from types import SimpleNamespace as N\nn = N()\n"
        + "n = N(a=n, b=n, **vars(n))\n" * 300
    )


def _stars(root: Path) -> None:
    for n in range(40):
        (root / f"m{n}.py").write_text("".join(f"from m{other} import *\n" for other in range(40) if other != n))
    (root / "app.py").write_text("from m0 import *\n" + app_with("return nowhere(key)"))


def _states(root: Path) -> None:
    arms = "\n".join(f"if key == '{n}':\n    d = {{**d, 'k{n}': table.scan()}}\nelse:\n    d |= {{'j{n}': [d, key]}}" for n in range(300))
    body = app_with(f"d = {{}}\n{arms}\nreturn d").partition("@app")[2]
    more = "\n".join(f"@app{body.replace('def read', f'def read{n}')}" for n in range(5))
    (root / "app.py").write_text(APP + more)


def _choices(root: Path) -> None:
    lines = "\n".join(f"x = {{'a': x, 'b': key}} if key == '{n}' else [x, key] if key else x" for n in range(2_000))
    (root / "app.py").write_text(app_with(f"x = table.scan()\n{lines}\nreturn x"))


def _mutual(root: Path) -> None:
    functions = "\n".join(
        f"def f{n}(x, y):\n    a = f{(n * 7 + 1) % 600}(x, [y])\n    b = f{(n * 13 + 5) % 600}(y, {{'a': x}})\n"
        f"    if x == {n}:\n        return f{(n * 3 + 2) % 600}(a, b)\n    return {{**a, 'k{n}': b}}"
        for n in range(600)
    )
    (root / "app.py").write_text(f"{functions}\n" + app_with("return f0(table.scan(), key)"))


def _names(root: Path) -> None:
    (root / "app.py").write_text("".join(f"x{n} = x{n + 1}\n" for n in range(20_000)) + "x20000 = 1\n" + app_with("return x0"))


@pytest.mark.parametrize(
    "build",
    [
        _stars,
        _states,
        _choices,
        _mutual,
        _names,
        _cycle,
        _recursion,
        _self,
        _doubling,
        _text,
        _constants,
        _branches,
        _fan,
        _bases,
        _routers,
        _dependencies,
        _long,
        _aliases,
        _tables_of_data,
        _parts,
        _loops_of_routes,
        _answers,
        _makers,
    ],
    ids=lambda build: str(build.__name__).strip("_"),
)
def test_no_hang(build: Callable[[Path], None], tmp_path: Path) -> None:
    """Code made to be followed for ever is not."""
    build(tmp_path)
    begun = time.monotonic()
    audit(tmp_path)
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("build", [_states, _mutual, _names], ids=lambda build: str(build.__name__).strip("_"))
def test_what_is_too_much_is_said(build: Callable[[Path], None], tmp_path: Path) -> None:
    """What was not followed to its end is no clean bill."""
    build(tmp_path)
    assert "too large or nested too deeply" in reasons(tmp_path)["app.py"]


@pytest.mark.parametrize("depth", [1, 7, 9, 30])
def test_an_item_is_found_however_deep_it_lies(depth: int, tmp_path: Path) -> None:
    """Wrapped in many dicts, at once or by one function after another, an item is still one."""
    wrapped = "{'a': " * depth + "table.scan()['Items']" + "}" * depth
    functions = "".join(f"def w{n}(x): return {{'a': w{n + 1}(x)}}\n" for n in range(depth)) + f"def w{depth}(x): return x\n"
    for body in (f"return {wrapped}", f"{functions}return w0(table.scan()['Items'])" if depth < 30 else f"x = {wrapped}\nreturn x"):
        (tmp_path / "app.py").write_text(app_with(body))
        assert "whole-item-returned" in {each.rule for each in audit(tmp_path).findings}


PIECES = st.sampled_from(
    [
        "item",
        "table",
        "key",
        "app",
        "request",
        "Depends",
        "None",
        "True",
        "3",
        "'#'",
        "{}",
        "[]",
        "()",
        "lambda x: x",
        "await x",
        "*x",
        "**x",
        "x := 1",
        "table.get_item(Key=key)",
        "item['a']",
        "f'{item}'",
        "[x for x in item]",
        "{k: v for k, v in item.items()}",
        "item.pop('a')",
        "item | key",
        "-key",
        "str(item)",
        "dict(item)",
        "Depends(key)",
        "type(item)",
        "super()",
        "app.get('/')",
        "table.scan",
        "(yield item)",
        "item if key else x",
        "x.y.z",
    ]
)
FORMS = st.sampled_from(
    [
        "x = {}", "return {}", "item = {}", "{}", "for x in {}: pass", "while {}: break", "with {} as x: pass", "if {}: raise x", "del {}", "x += {}",
        "key, *x = {}", "item['a'] = {}", "item.a = {}", "assert {}", "global x", "raise {}", "try: x = {}\n    except Exception as e: return e", "def f(a={}): return a",
        "class C({}): pass", "match {}:\n        case {{'a': x}}: pass", "import {}", "async def f(): return {}", "nonlocal x", "@{}\n    def g(): pass",
    ]
)  # fmt: skip


@given(lines=st.lists(st.tuples(FORMS, PIECES), max_size=12))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_fuzz(lines: list[tuple[str, str]], tmp_path: Path) -> None:
    """Handlers put together at random are audited, or said to be unreadable."""
    body = "\n".join(form.format(piece) for form, piece in lines) or "pass"
    (tmp_path / "app.py").write_text(app_with(body))
    report = audit(tmp_path)
    assert report.files == 1
    assert report.routes == 1 or report.unparsed
    assert not [each for each in report.unparsed if "could not be followed" in each.reason]


@given(content=st.binary(max_size=300))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_fuzz_bytes(content: bytes, tmp_path: Path) -> None:
    """Any bytes are a file like any other."""
    (tmp_path / "app.py").write_bytes(content)
    assert audit(tmp_path).files == 1
