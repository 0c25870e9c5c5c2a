"""Takes OpenLineage events (one JSON object a line on standard input) apart with the classes that the official Python client generates
from the standard's JSON schema: every member must be one that they know, of the type they give it, and each facet must name the very
schema that its class was generated from. Prints what it found as one JSON object."""

import json
import sys
import types
import typing
from collections import Counter
from enum import Enum

import attr
from openlineage.client.generated import base
from openlineage.client import facet_v2 as facets

KNOWN = {
    "parent": facets.parent_run.ParentRunFacet,
    "nominalTime": facets.nominal_time_run.NominalTimeRunFacet,
    "errorMessage": facets.error_message_run.ErrorMessageRunFacet,
    "processing_engine": facets.processing_engine_run.ProcessingEngineRunFacet,
    "test": facets.test_run.TestRunFacet,
    "jobType": facets.job_type_job.JobTypeJobFacet,
    "sql": facets.sql_job.SQLJobFacet,
    "schema": facets.schema_dataset.SchemaDatasetFacet,
    "dataSource": facets.datasource_dataset.DatasourceDatasetFacet,
    "version": facets.dataset_version_dataset.DatasetVersionDatasetFacet,
    "columnLineage": facets.column_lineage_dataset.ColumnLineageDatasetFacet,
    "lineage": facets.lineage.LineageDatasetFacet,
    "dataQualityAssertions": facets.data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet,
    "datasetType": facets.dataset_type_dataset.DatasetTypeDatasetFacet,
    "storage": facets.storage_dataset.StorageDatasetFacet,
    "inputStatistics": facets.input_statistics_input_dataset.InputStatisticsInputDatasetFacet,
    "outputStatistics": facets.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
}
OF_JOB = {
    "ownership": facets.ownership_job.OwnershipJobFacet,
    "documentation": facets.documentation_job.DocumentationJobFacet,
}
OF_DATASET = {
    "ownership": facets.ownership_dataset.OwnershipDatasetFacet,
    "documentation": facets.documentation_dataset.DocumentationDatasetFacet,
}

seen = Counter()


def build(kind, value, where):
    """The value as the type says; raises where it is another."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind is typing.Any:
        return value
    if origin in (typing.Union, types.UnionType):
        faults = []
        for option in inner:
            try:
                return build(option, value, where)
            except (TypeError, ValueError) as fault:
                faults.append(str(fault))
        raise TypeError(faults[0])
    if origin is typing.Literal:
        if value not in inner:
            raise TypeError(f"{where} is {value!r}, not one of {inner}")
        return value
    if kind is type(None):
        if value is not None:
            raise TypeError(f"{where} is not null")
        return None
    if origin is list:
        if not isinstance(value, list):
            raise TypeError(f"{where} is no list")
        return [build(inner[0], item, f"{where}[{i}]") for i, item in enumerate(value)]
    if origin is dict:
        if not isinstance(value, dict):
            raise TypeError(f"{where} is no object")
        return {key: build(inner[1], item, f"{where}.{key}") for key, item in value.items()}
    if attr.has(kind):
        return whole(kind, value, where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is float and isinstance(value, int):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{where} is {value!r}, not {kind.__name__}")
    return value


def whole(kind, value, where):
    if not isinstance(value, dict):
        raise TypeError(f"{where} is no object")
    attr.resolve_types(kind)
    fields = {field.name: field for field in attr.fields(kind)}
    unknown = [name for name in value if name not in fields]
    if unknown:
        raise TypeError(f"{where} has {unknown}, which {kind.__name__} does not know")
    given = {}
    for name, item in value.items():
        if not fields[name].init:
            continue
        if name == "facets" or name.endswith("Facets"):
            given[name] = {key: facet(kind, key, each, f"{where}.{name}.{key}") for key, each in item.items()}
        else:
            given[name] = build(fields[name].type, item, f"{where}.{name}")
    # Members with a leading _ are given without it.
    return kind(**{name.lstrip("_"): item for name, item in given.items()})


def facet(owner, key, value, where):
    if key.startswith("millrace_"):
        return value
    kind = KNOWN.get(key) or (OF_JOB if owner is base.Job else OF_DATASET)[key]
    made = whole(kind, value, where)
    if value["_schemaURL"] != kind._get_schema():
        raise ValueError(f"{where}: {value['_schemaURL']}, not {kind._get_schema()}")
    seen[key] += 1
    return made


faults = []
count = 0
for line in sys.stdin:
    count += 1
    event = json.loads(line)
    try:
        made = whole(base.RunEvent, event, "event")
        if event["schemaURL"] != made._get_schema():
            raise ValueError(f"event: {event['schemaURL']}")
    except (TypeError, ValueError, KeyError) as fault:
        faults.append(f"{event['job']['name']} {event['eventType']}: {fault}")
print(json.dumps({"events": count, "facets": seen, "faults": faults}))
