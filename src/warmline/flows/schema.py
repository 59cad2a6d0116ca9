"""The JSON Schema of flow.yaml, made from the models; editors complete and check with it. Pure.

It tells what stands where. What takes more than one look (targets that exist, slots that are
filled) is told by `checks`.
"""

from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from warmline.answers.kinds import TYPES
from warmline.flows.flow import Escape, FlowFile
from warmline.flows.hours import Hours
from warmline.flows.includes import INCLUDE, MAX_FILES, SECTIONS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema as a JSON document, also of the parts that a flow includes."""
    found = FlowFile.model_json_schema(by_alias=True, schema_generator=_Generator)
    parts = {
        "type": "array",
        "items": {"type": "string"},
        "maxItems": MAX_FILES,
        "description": f"Files that hold more {', '.join(SECTIONS)}; their paths are relative to "
        "this one.",
    }
    properties = {INCLUDE: parts} | found.pop("properties")
    # Parts may hold what is required.
    required = found.pop("required")
    for section in (Escape, Hours):
        found["$defs"][section.__name__].pop("required")
    parted = [key for key in required if key in SECTIONS]
    return {
        "$schema": DIALECT,
        **found,
        "title": "A voice flow of Warmline (flow.yaml)",
        "properties": properties,
        "required": [key for key in required if key not in parted],
        "anyOf": [{"required": parted}, {"required": [INCLUDE]}],
    }


class _Generator(GenerateJsonSchema):
    """As authors write it, which is shorter here and there than what the models hold."""

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchemaValue:
        """All that is done before validation here is to take a text as short for more."""
        return {"anyOf": [{"type": "string"}, super().function_before_schema(schema)]}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Keys that are no names are refused."""
        found = super().dict_schema(schema)
        if "patternProperties" in found:
            found["additionalProperties"] = False
        return found

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        properties = found.get("properties", {})
        for told in properties.values():
            if "description" in told:
                told["description"] = " ".join(told["description"].split())
        if "type" in properties:
            properties["type"] |= _type_of_answer()
        return found

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _type_of_answer() -> dict[str, Any]:
    known = {info.example: info.meaning for info in TYPES.values()}
    known["intent"] = "what the caller wants, one of the flow's intents"
    told = "; ".join(f"{example}: {meaning}" for example, meaning in known.items())
    return {"examples": list(known), "description": f"The type of the answer. {told}."}
