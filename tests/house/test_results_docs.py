"""docs/results.md says what is stored: its tables are those of the schema and of the list of measures."""

from tests import stored_columns


def test_the_page_has_the_tables_of_the_schema_and_the_measures() -> None:
    assert stored_columns.PAGE.read_text(encoding="utf-8") == stored_columns.page(), (
        "run python -m tests.stored_columns"
    )
