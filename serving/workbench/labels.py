"""Words for values of the catalogue, as a Chinese or an English page shows them."""

from features import catalogue
from features.catalogue import Field, Language
from features.segment import SEGMENT_ZH


def segment_label(segment: str, language: Language) -> str:
    """A segment in words."""
    return SEGMENT_ZH.get(segment, segment) if language == "zh" else _english(segment)


def category_label(field: Field, value: str, language: Language) -> str:
    """A value of a category in words; a seller's own word as it is."""
    if value not in field.values:
        return value
    if language == "zh":
        return field.label(value, "zh")
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
