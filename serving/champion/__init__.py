"""The model that serves: named by the registry, tried first, kept by hash."""

from serving.champion.cache import ModelCache
from serving.champion.champion import Champion
from serving.champion.registry import ARTEFACT_FOLDER, Registry
from serving.champion.served import Pinned, ServedModel

__all__ = [
    "ARTEFACT_FOLDER",
    "Champion",
    "ModelCache",
    "Pinned",
    "Registry",
    "ServedModel",
]
