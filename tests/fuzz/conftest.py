"""Hypothesis runs the same examples every time in CI; FUZZ=long looks further, with new ones."""

import os

from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
settings.register_profile(
    "ci", derandomize=True, deadline=None, database=None, suppress_health_check=_SLOW
)
settings.register_profile("long", deadline=None, print_blob=True, suppress_health_check=_SLOW)
settings.load_profile("long" if {"FUZZ", "SCHEMATHESIS"} & os.environ.keys() else "ci")
