"""Parts of the package that need no child process."""

from __future__ import annotations

import ast
import asyncio
import dataclasses
import datetime
import decimal
import enum
import pathlib
import sys
import types
import typing
import unittest
import uuid

SOURCE = pathlib.Path(__file__).parent.parent / "src"
sys.path.insert(0, str(SOURCE))

import bifrost  # noqa: E402
from bifrost import RetryAfterError, data_provider, step, tool, workflow  # noqa: E402
from bifrost._call import scope_name  # noqa: E402
from bifrost._client_of_integration import is_own_host  # noqa: E402
from bifrost._durations import duration_seconds, moment_ms  # noqa: E402
from bifrost._records import Record  # noqa: E402
from bifrost._runtime.convert import convert, hints_of  # noqa: E402
from bifrost._runtime.failure import NotJsonError  # noqa: E402
from bifrost._runtime.json_text import to_json_text  # noqa: E402
from bifrost._runtime.provider_options import provider_options  # noqa: E402
from bifrost._screen import label_of, to_parameters  # noqa: E402
from bifrost._step import StepContext, _called  # noqa: E402
from bifrost.executions import status_name  # noqa: E402


class Plan(enum.Enum):
    BASIC = "basic"


@dataclasses.dataclass
class Line:
    sku: str
    plan: Plan | None = None


class Decorators(unittest.TestCase):
    def test_a_decorated_function_stays_what_it_is(self) -> None:
        @workflow
        def add(a: int, b: int = 2) -> int:
            """

            Adds.
            More."""
            return a + b

        self.assertEqual(add(1), 3)
        self.assertEqual(add._executable_metadata["description"], "Adds.")
        self.assertEqual(add._executable_metadata["name"], "add")

    def test_types_and_options(self) -> None:
        @tool(name="find", description="Finds.", tags=["a"])
        async def find() -> None: ...

        @data_provider(cache_ttl_seconds=5)
        def options() -> None: ...

        self.assertEqual([one._executable_metadata["type"] for one in (find, options)], ["tool", "data_provider"])
        self.assertEqual(find._executable_metadata["tool_description"], "Finds.")
        with self.assertWarnsRegex(UserWarning, "'timeout'"):
            workflow(timeout=5)(lambda: None)
        with self.assertRaisesRegex(TypeError, "by name"):
            workflow("a name")  # type: ignore[call-overload]


class Durations(unittest.TestCase):
    def test_texts_numbers_and_timedeltas(self) -> None:
        given = ["90s", "1h", "3 days", "1.5 min", 7, datetime.timedelta(hours=2), "2 weeks", "10ms"]
        self.assertEqual([duration_seconds(one, "it") for one in given], [90, 3600, 259_200, 90, 7, 7200, 1_209_600, 0.01])
        for wrong in ("soon", "3", -1, None, True, "9" * 60, float("nan")):
            with self.assertRaisesRegex(TypeError, "^it must be a time"):
                duration_seconds(wrong, "it")

    def test_moments(self) -> None:
        noon = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.timezone.utc)
        told = [noon, noon.replace(tzinfo=None), "2026-01-01T12:00:00Z", noon.astimezone(datetime.timezone(datetime.timedelta(hours=5)))]
        self.assertEqual({moment_ms(one, "it") for one in told}, {1_767_268_800_000})

    def test_retry_after(self) -> None:
        self.assertEqual([RetryAfterError(one).after_seconds for one in ("2", 3, "1.5", None, "", "x", -1)], [2, 3, 1.5, None, None, None, None])
        self.assertEqual(RetryAfterError("Wed, 21 Oct 2015 07:28:00 GMT").after_seconds, 0)


class Json(unittest.TestCase):
    def test_plain_forms(self) -> None:
        value = {"d": decimal.Decimal("2"), "u": uuid.UUID(int=0), "e": Plan.BASIC, "l": Line("a"), "t": datetime.timedelta(minutes=1)}
        self.assertEqual(
            to_json_text(value, "result"),
            '{"d":2,"u":"00000000-0000-0000-0000-000000000000","e":"basic","l":{"sku":"a","plan":null},"t":60.0}',
        )

    def test_models_of_pydantic(self) -> None:
        two = type("Two", (), {"model_fields": {}, "model_dump": lambda self: {"at": datetime.date(2026, 1, 2)}})
        one = type("One", (), {"__fields__": {}, "dict": lambda self: {"inner": two()}})
        self.assertEqual(to_json_text(one(), "result"), '{"inner":{"at":"2026-01-02"}}')

    def test_refusals_name_the_place(self) -> None:
        deep: list[object] = []
        for _ in range(70):
            deep = [deep]
        circle: list[object] = []
        circle.append(circle)
        for value, text in (({"a": [{1}, {object()}]}, r"result.a\[1\]\[0\] is an object"), (deep, "nested too deeply"), (circle, "circular")):
            with self.assertRaisesRegex(NotJsonError, text):
                to_json_text(value, "result")
        with self.assertRaisesRegex(NotJsonError, "more than 500,000 values"):
            to_json_text([0] * 500_001, "result")
        with self.assertRaisesRegex(NotJsonError, "limit is 8.0 MB"):
            to_json_text("x" * 9_000_000, "result")

    def test_rows_of_a_provider(self) -> None:
        self.assertEqual(provider_options([{"id": 0, "name": "None"}]), [{"label": "None", "value": 0}])
        with self.assertRaisesRegex(NotJsonError, "Row 1 of the data provider has no value"):
            provider_options([{"label": "a", "value": 1}, {"label": "b"}])


class Conversion(unittest.TestCase):
    def test_by_hint(self) -> None:
        cases: list[tuple[object, object, object]] = [
            ("basic", Plan, Plan.BASIC),
            ("BASIC", Plan, Plan.BASIC),
            ([{"sku": "a", "plan": "basic"}], list[Line], [Line("a", Plan.BASIC)]),
            ({"x": "2026-01-02"}, dict[str, datetime.date], {"x": datetime.date(2026, 1, 2)}),
            (None, typing.Optional[Plan], None),
            ("5", int | str, "5"),
            (["a"], tuple[str, ...], ("a",)),
            ("x", typing.Literal["x"], "x"),
            (1, typing.Any, 1),
            (2, float, 2.0),
            (3.0, int, 3),
        ]
        for value, hint, wanted in cases:
            self.assertEqual(convert(value, hint, "it"), wanted)
        with self.assertRaisesRegex(bifrost.ValidationError, r"it\[0\]\.plan must be one of 'basic'"):
            convert([{"sku": "a", "plan": "z"}], list[Line], "it")

    def test_a_hint_that_is_unknown_spoils_no_other(self) -> None:
        scope: dict[str, object] = {"Plan": Plan}
        exec("def f(a: 'Nowhere', b: 'Plan', c: 'list[Missing]'): pass", scope)
        self.assertEqual(hints_of(typing.cast(types.FunctionType, scope["f"])), {"b": Plan})

    def test_models_of_pydantic(self) -> None:
        two = type("Two", (), {"model_validate": classmethod(lambda cls, value: ("two", value))})
        one = type("One", (), {"parse_obj": classmethod(lambda cls, value: ("one", value))})
        self.assertEqual([convert({"a": 1}, kind, "it")[0] for kind in (two, one)], ["two", "one"])


class Small(unittest.TestCase):
    def test_records(self) -> None:
        record = Record.of({"executionId": 1, "is_active": True})
        self.assertEqual((record.execution_id, record["is_active"], dict(record), "x" in record, record.get("x", 3)), (1, True, record.to_dict(), False, 3))

    def test_statuses_and_scopes(self) -> None:
        self.assertEqual([status_name(one) for one in ("Failed", "CompletedWithErrors", "FAILED", "Completed")], ["FAILED", "COMPLETED_WITH_ERRORS", "FAILED", "SUCCESS"])
        self.assertEqual([scope_name(one) for one in ("GLOBAL", "global", "id")], ["global", "global", "id"])

    def test_fields_of_a_screen(self) -> None:
        made = to_parameters({"apiKey": str, "plan": {"type": "string", "options": ["a", {"label": "B", "value": "b"}], "default": "a"}}, "it")
        self.assertEqual([one["label"] for one in made], ["Api Key", "Plan"])
        self.assertEqual([one["required"] for one in made], [True, False])
        self.assertEqual(made[1]["options"], [{"label": "a", "value": "a"}, {"label": "B", "value": "b"}])
        with self.assertRaisesRegex(TypeError, "it.x has the type 'number!'"):
            to_parameters({"x": "number!"}, "it")
        self.assertEqual(label_of("approve_it-now"), "Approve It Now")

    def test_credentials_stay_with_their_hosts(self) -> None:
        client = {"baseUrl": "https://api.test/v1", "hosts": ["*.files.test", "other.test"]}
        own = ["https://api.test/x", "https://API.test:443/", "https://a.files.test/", "https://other.test/"]
        foreign = ["http://api.test/", "https://files.test/", "https://api.test:444/", "https://api.test.evil/", "https://u:p@api.test/", "https://evilfiles.test/"]
        self.assertEqual([is_own_host(client, one) for one in own + foreign], [True] * len(own) + [False] * len(foreign))

    def test_what_the_function_of_a_step_is_called_with(self) -> None:
        ctx = StepContext(1, "key", None)
        self.assertIs(_called(lambda ctx: ctx, (), {}, ctx), ctx)
        self.assertIs(_called(lambda any_name: any_name, (), {}, ctx), ctx)
        self.assertEqual(_called(lambda a, b=2: (a, b), (1,), {}, ctx), (1, 2))
        self.assertEqual(_called(lambda a, ctx: (a, ctx), (1,), {}, ctx), (1, ctx))
        self.assertEqual(_called(lambda ctx, a: (ctx, a), (1,), {}, ctx), (ctx, 1))
        self.assertEqual(_called(lambda a=5: a, (), {}, ctx), 5)
        with self.assertRaisesRegex(TypeError, "and not what it returned"):
            asyncio.run(step("a", asyncio.sleep(0)))

    def test_an_own_graph_that_is_wrong_fails_when_it_runs(self) -> None:
        made = bifrost.graph("g").step("a", lambda ctx: 1).step("a", lambda ctx: 2).step("b", lambda ctx: 3)
        with self.assertRaisesRegex(TypeError, 'Two steps of the graph have the name "a"'):
            asyncio.run(made())


class Documentation(unittest.TestCase):
    def test_whatever_is_public_has_a_docstring_with_an_example(self) -> None:
        missing = []
        for path in sorted((SOURCE / "bifrost").glob("*.py")):
            if path.name.startswith("_") and path.name not in ("_step.py", "_screen.py", "_wait.py", "_cursor.py", "_context.py"):
                continue
            tree = ast.parse(path.read_text())
            found: list[ast.AST] = list(tree.body)
            found += [inner for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") for inner in node.body]
            for node in found:
                if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or node.name.startswith("_"):
                    continue
                is_variant = any(getattr(one, "id", getattr(one, "attr", "")) in ("overload", "setter") for one in node.decorator_list)
                if path.name.startswith("_") and node.name not in bifrost.__all__ and node in tree.body:
                    continue
                if not is_variant and "Example:" not in (ast.get_docstring(node) or ""):
                    missing.append(f"{path.name}: {node.name}")
        self.assertEqual(missing, [])

    def test_all_names_are_there_and_listed(self) -> None:
        self.assertEqual([name for name in bifrost.__all__ if not hasattr(bifrost, name)], [])

    def test_files_are_short(self) -> None:
        long = {path.name: count for path in SOURCE.rglob("*.py") if (count := len(path.read_text().splitlines())) > 500}
        self.assertEqual(long, {})


if __name__ == "__main__":
    unittest.main()
