"""Settings of listed methods: every value of every named setting can be asked for."""

import pytest

from estimators.catalogue import ESTIMATORS


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_value_of_every_named_setting_stands_among_the_settings_that_are_compiled(name):
    entry = ESTIMATORS[name]
    asked = list(entry.settings_one_by_one())
    assert asked[0] == {}
    assert {pair for settings in asked for pair in settings.items()} >= {
        (key, value) for key, values in entry.choices.items() for value in values
    }
    for settings in asked:
        entry.estimator(**settings)
