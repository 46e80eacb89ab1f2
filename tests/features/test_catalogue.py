import pytest

from features import catalogue
from features.reading.headers import header_key

TABLES = ("package", *catalogue.TAPE_TABLES, *catalogue.HISTORY_TABLES, "deals")
EVERY_FIELD = [(t, f) for t in TABLES for f in catalogue.fields(t).values()]


@pytest.mark.parametrize("table", TABLES)
def test_no_two_fields_of_a_table_share_a_header(table: str) -> None:
    owners: dict[str, set[str]] = {}
    for field in catalogue.fields(table).values():
        names = (field.name, field.zh, *field.aliases, *field.inverse_aliases)
        for name in (*names, *field.parts):
            owners.setdefault(header_key(name), set()).add(field.name)
    assert {n: sorted(o) for n, o in owners.items() if len(o) > 1} == {}


@pytest.mark.parametrize("table", TABLES)
def test_no_header_is_listed_twice_for_a_field(table: str) -> None:
    for field in catalogue.fields(table).values():
        names = (*field.aliases, *field.inverse_aliases, *field.parts)
        assert len(set(names)) == len(names), field.name
        assert not {field.name, field.zh} & set(names), field.name


@pytest.mark.parametrize(("table", "field"), EVERY_FIELD)
def test_no_word_of_a_category_stands_for_two_values(
    table: str, field: catalogue.Field
) -> None:
    owners: dict[str, set[str]] = {}
    for value, synonyms in field.values.items():
        for word in (value, *synonyms):
            owners.setdefault(header_key(word), set()).add(value)
    shared = {word: sorted(o) for word, o in owners.items() if len(o) > 1}
    assert shared == {}, f"{table}.{field.name}"


@pytest.mark.parametrize(("table", "field"), EVERY_FIELD)
def test_every_field_is_explained_in_both_languages(
    table: str, field: catalogue.Field
) -> None:
    assert field.en, table
    assert field.meaning_zh
    assert field.title("zh") == field.zh
    assert "_" not in field.title("en")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_features_have_short_names_of_their_own(language: catalogue.Language) -> None:
    titles = [feature.title(language) for feature in catalogue.features().values()]
    assert len(set(titles)) == len(titles)
    assert max(map(len, titles)) <= 48
    assert not [title for title in titles if ";" in title]


@pytest.mark.parametrize(("table", "field"), EVERY_FIELD)
def test_bounds_leave_room(table: str, field: catalogue.Field) -> None:
    if field.minimum is not None and field.maximum is not None:
        assert field.minimum < field.maximum, table
    if field.minimum is not None or field.positive:
        assert field.kind in catalogue.NUMERIC_KINDS


def test_money_is_assumed_in_a_known_unit() -> None:
    assert {f.assumed_unit for _, f in EVERY_FIELD} <= {"元", "千元", "万元", "亿元"}


@pytest.mark.parametrize("feature", catalogue.features().values())
def test_every_feature_is_computed_from_fields_known_at_the_cutoff(
    feature: catalogue.Feature,
) -> None:
    for source in feature.inputs:
        table, name = source.split(".")
        field = catalogue.field(table, name)
        assert field.known == "cutoff"
        assert not field.personal


@pytest.mark.parametrize("feature", catalogue.features().values())
def test_no_feature_is_a_date_and_none_counts_from_a_calendar(
    feature: catalogue.Feature,
) -> None:
    source = catalogue.feature_field(feature)
    assert source is None or source.kind != "date"
    kinds = {catalogue.field(*name.split(".")).kind for name in feature.inputs}
    if kinds == {"date"}:
        assert "package.cutoff_date" in feature.inputs


def test_a_computed_feature_says_what_it_counts_and_no_other_does() -> None:
    for feature in catalogue.features().values():
        passed_on = catalogue.feature_field(feature) is not None
        assert (feature.unit is None) == passed_on, feature.name


@pytest.mark.parametrize("feature", catalogue.features().values())
def test_every_categorical_feature_has_a_list_or_is_open(
    feature: catalogue.Feature,
) -> None:
    field = catalogue.feature_field(feature)
    if catalogue.is_categorical(feature):
        assert field is not None
        assert field.values or field.open


def test_claims_carry_the_fields_of_the_package_that_may_differ() -> None:
    assert "cutoff_date" in catalogue.fields("claims")
    assert "clearing_price" not in catalogue.fields("claims")


def test_personal_data_has_no_column() -> None:
    assert not {"obligor_name", "id_number", "phone"} & set(
        catalogue.arrow_schema("claims").names
    )


def test_a_category_needs_values_or_must_be_open() -> None:
    with pytest.raises(ValueError, match="lists no values"):
        catalogue.Field(name="x", zh="某", en="x", kind="category")


def test_labels_read_in_both_languages() -> None:
    field = catalogue.field("claims", "five_class")
    assert field.label("doubtful", "zh") == "可疑"
    assert field.label("doubtful", "en") == "doubtful"
    assert field.label("unheard_of", "zh") == "unheard_of"


def test_an_absent_table_or_field_is_refused() -> None:
    with pytest.raises(KeyError):
        catalogue.fields("nothing")
    with pytest.raises(KeyError):
        catalogue.field("claims", "nothing")


def test_what_a_date_dates_is_a_field_of_its_table() -> None:
    tables = {table: catalogue.fields(table) for table in catalogue.TAPE_TABLES}
    dated = [(f, of) for of in tables.values() for f in of.values() if f.dates]
    assert dated
    for field, of in dated:
        assert field.kind == "date"
        assert of.keys() >= {*field.dates}
