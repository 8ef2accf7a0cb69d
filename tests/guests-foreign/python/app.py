"""A step in Python from the WIT alone."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import report
from wit_world.imports.types import Error, ErrorCode


class Step(exports.Step):
    def describe(self) -> str:
        return json.dumps({
            "name": "greet-python",
            "version": "0.1.0",
            "summary": "Greets somebody, in Python.",
            "inputs": {
                "type": "object",
                "properties": {"name": {"type": "string", "description": "Who is greeted."}},
                "required": ["name"],
                "additionalProperties": False,
            },
            "outputs": {"type": "object", "properties": {"greeting": {"type": "string"}}},
        })

    def run(self, inputs: str) -> None:
        name = json.loads(inputs)["name"]
        if name == "":
            raise Err(Error(ErrorCode.INVALID, "the name is empty: say who is greeted", '{"input":"/name"}'))
        greeting = f"hello, {name}"
        report.log(report.Level.INFO, greeting, [])
        report.output("greeting", json.dumps(greeting), False)
