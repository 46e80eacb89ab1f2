"""Words for values of the catalogue, as a Chinese or an English page shows them."""

from collections.abc import Mapping
from types import MappingProxyType

from features import catalogue
from features.catalogue import Field, Language
from features.segment import SEGMENT_ZH

# Sections of GB/T 4754, which values name by their letters alone.
INDUSTRY_EN: Mapping[str, str] = MappingProxyType(
    {
        "A": "Agriculture, forestry, husbandry and fishery",
        "B": "Mining",
        "C": "Manufacturing",
        "D": "Power, heat, gas and water supply",
        "E": "Construction",
        "F": "Wholesale and retail",
        "G": "Transport, storage and post",
        "H": "Accommodation and catering",
        "I": "Information and software",
        "J": "Finance",
        "K": "Real estate",
        "L": "Leasing and business services",
        "M": "Research and technical services",
        "N": "Water, environment and public facilities",
        "O": "Household, repair and other services",
        "P": "Education",
        "Q": "Health and social work",
        "R": "Culture, sports and entertainment",
        "S": "Public administration and social organisations",
        "T": "International organisations",
    }
)


def segment_label(segment: str, language: Language) -> str:
    """A segment in words."""
    return SEGMENT_ZH.get(segment, segment) if language == "zh" else _english(segment)


def category_label(field: Field, value: str, language: Language) -> str:
    """A value of a category in words; a seller's own word as it is."""
    if value not in field.values:
        return value
    if language == "zh":
        return field.label(value, "zh")
    if field.name == "industry":
        return INDUSTRY_EN[value]
    places = "province" in field.name
    return _english(value).title() if places else _english(value)


def fact_label(fact: str, value: str, language: Language) -> str:
    """A value of a fact of claims, or of their segment, in words."""
    if fact == "segment":
        return segment_label(value, language)
    field = catalogue.field("claims", fact)
    return category_label(field, value, language) if field.values else value


def _english(value: str) -> str:
    words = value.replace("_", " ")
    return words[:1].upper() + words[1:]
