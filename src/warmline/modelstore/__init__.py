"""The weights: which models there are, and their verified files on this machine."""

from warmline.modelstore.catalog import Catalog, Model, ModelFile, load_catalog
from warmline.modelstore.progress import SILENT, Progress, Report
from warmline.modelstore.store import FileCheck, ModelStore, State

__all__ = [
    "SILENT",
    "Catalog",
    "FileCheck",
    "Model",
    "ModelFile",
    "ModelStore",
    "Progress",
    "Report",
    "State",
    "load_catalog",
]
