"""JSON Schema of study, population and table files, from the forms that check them, so that editors complete them."""

import dataclasses
import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from benchmarks.study.form.studyfile import StudyFile
from estimators.catalogue import ESTIMATORS
from estimators.wrappers.order import WRAPPERS
from sim.catalogue.populationfile import PopulationFile, Variant
from sim.tables.reading.paperfile import PrintedP
from sim.tables.reading.printed import Printed
from sim.tables.reading.tablefile import TableForm
from sim.themes.themefile import ThemeFile

#: The kinds of file, each with the forms that one of it may have.
FORMS: dict[str, tuple[type[BaseModel], ...]] = {
    "study": (StudyFile,),
    "population": (PopulationFile, Variant, ThemeFile),
    "table": (TableForm,),
}


class _Lenient(GenerateJsonSchema):
    """What no schema can say is left open: the program itself checks it."""

    ignored_warning_kinds = frozenset({"skipped-choice", "non-serializable-default"})  # type: ignore[assignment]

    def handle_invalid_for_json_schema(self, schema: core_schema.CoreSchema, error_info: str) -> JsonSchemaValue:
        """A value of a type that has none."""
        return {}

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        """A printed number is a number, or the text of one, so that no zero is lost."""
        printed = schema["cls"] in (Printed, PrintedP)
        return {"type": ["number", "string"]} if printed else super().dataclass_schema(schema)


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind of file. A file that it accepts has the right form; what is meant is checked later."""
    made = [form.model_json_schema(schema_generator=_Lenient) for form in FORMS[kind]]
    definitions: dict[str, Any] = {}
    for each in made:
        definitions |= each.pop("$defs", {})
    whole = made[0] if len(made) == 1 else {"anyOf": made}
    if kind == "study":
        _tell_names(whole, definitions)
        _tell_short_forms(whole, definitions)
    if kind == "population":
        made[0]["anyOf"] = [{"required": ["model"]}, {"required": ["covariance"]}]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"Loadstone {kind} file",
        **{key: value for key, value in whole.items() if key != "title"},
        "definitions": definitions,
    }


def text(kind: str) -> str:
    """The schema as the text of a file, the same for the same program."""
    return json.dumps(schema(kind), indent=1).replace("#/$defs/", "#/definitions/") + "\n"


def _tell_names(study: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Names that editors may propose: methods and their settings. Others are allowed: code and names of one's own."""
    settings: dict[str, Any] = {"estimator": {"type": "string", "examples": [*ESTIMATORS]}, "model": {"type": "string"}}
    for entry in ESTIMATORS.values():
        for field in dataclasses.fields(entry.estimator):
            settings.setdefault(field.name, {"description": f"a setting of {entry.label}, among others"})
            if field.name in entry.choices and "type" not in settings[field.name]:
                settings[field.name]["examples"] = list(entry.choices[field.name])
    for wrapper in WRAPPERS:
        for key in wrapper.keys:
            settings[key] = {"description": str(wrapper.purpose)}
    definitions["Method"] = {"type": "object", "properties": settings}
    table = {"$ref": "#/$defs/Method"}
    methods = study["properties"]["methods"]
    methods |= {
        "properties": {
            name: {"allOf": [table], "description": entry.description} for name, entry in ESTIMATORS.items()
        },
        "additionalProperties": table,
    }


def _tell_short_forms(study: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Forms that are brought into another before they are checked: `items.F = [3, 6]`, and a model as a text alone."""
    by_key = {"type": "object", "additionalProperties": {"type": "array", "minItems": 1}}
    quick = definitions["Quick"]["properties"]["factors"]["anyOf"][0]
    for factors in (definitions["Data"]["properties"]["factors"], quick):
        factors["additionalProperties"] = {"anyOf": [factors["additionalProperties"], by_key]}
    models = study["properties"]["models"]
    for pattern, form in models.get("patternProperties", {}).items():
        models["patternProperties"][pattern] = {"anyOf": [form, {"type": "string"}]}
