"""The state in a link: there and back, and nothing but what is allowed."""

import re
from urllib.parse import parse_qs

import numpy as np
import pytest

from sklinear_gd.demo.experiment import Experiment
from sklinear_gd.demo.link import MAX_LENGTH, from_query, to_query
from sklinear_gd.demo.settings import MAX_POINTS


def parsed(query):
    """Return a query as the web server hands it over."""
    found = parse_qs(query, keep_blank_values=True, strict_parsing=bool(query))
    return {name: [value.encode() for value in values] for name, values in found.items()}


def varied(race):
    """Return an experiment that differs from the default everywhere."""
    experiment = Experiment()
    experiment.load("many_blobs")
    for name, value in [
        ("loss", "crammer_singer"),
        ("penalty", "elasticnet"),
        ("alpha", 0.023),
        ("batch", "8"),
        ("race", race),
        ("first.optimizer", "rmsprop"),
        ("first.rate", 0.0004),
        ("first.schedule", "one_cycle"),
        ("second.optimizer", "nesterov"),
        ("second.schedule", "adaptive"),
        ("second.rate", 3.3),
    ]:
        experiment.change(name, value)
    experiment.update(3)
    return experiment


@pytest.mark.parametrize("race", [True, False])
def test_there_and_back(race):
    """Settings, points and weights arrive as they were, to the last bit."""
    one = varied(race)
    query = to_query(one)
    assert re.fullmatch(r"[\w\-.~=&]+", query, re.ASCII)
    other = from_query(parsed(query))
    assert other.settings == one.settings
    np.testing.assert_array_equal(other.X, one.X)
    np.testing.assert_array_equal(other.y, one.y)
    for here, there in zip(one.trainers, other.trainers, strict=True):
        np.testing.assert_array_equal(here.coef, there.coef)
        np.testing.assert_array_equal(here.intercept, there.intercept)
    assert to_query(other) == query


def test_a_full_page_fits_into_a_link():
    """The longest state is far from the limits."""
    experiment = varied(True)
    while len(experiment.X) < MAX_POINTS:
        experiment.add(-1.23, -1.45, 4)
    query = to_query(experiment)
    assert max(len(part) for part in query.split("&")) < MAX_LENGTH / 2
    assert len(from_query(parsed(query)).X) == MAX_POINTS


def test_an_empty_query_is_the_default_state():
    """Without a query the page opens with Stanford's points."""
    experiment = from_query({})
    assert experiment.settings == Experiment().settings
    np.testing.assert_array_equal(experiment.X, Experiment().X)


def test_parts_may_be_left_out():
    """A short link has one setting; all else is the default."""
    experiment = from_query(parsed("loss=softmax&rival_rate=0.5"))
    assert experiment.settings.loss == "softmax"
    assert experiment.settings.second.rate == 0.5


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("colour=red", "'colour' is unknown"),
        ("loss=hinge", "loss='hinge' must be one of"),
        ("loss=softmax&loss=ovr", "loss is given 2 times"),
        ("alpha=nan", "alpha='nan' must be a number"),
        ("alpha=1e999", "alpha"),
        ("alpha=0x10", "must be a number"),
        ("alpha=\u0661", "characters"),
        ("rate=11", "rate=11.0 must be"),
        ("rate=", "rate='' must be a number"),
        ("rival_schedule=<script>", "schedule"),
        ("classes=6", "classes=6 must be"),
        ("classes=3.0", "classes=3.0 must be an integer"),
        ("classes=2", "points is missing"),
        ("batch=1000000", "batch"),
        ("race=yes", "race='yes' must be one of"),
        ("points=", "points has the entry"),
        ("points=1_2", "points has the entry '1_2'"),
        ("points=3_0_0", "points=3.0 must be"),
        ("points=0_0_3", "points=3 must be"),
        ("points=0_0_-1", "points=-1"),
        ("points=" + "~".join(["0_0_0"] * (MAX_POINTS + 1)), f"1 to {MAX_POINTS}"),
        ("points=" + "0" * (MAX_LENGTH + 1), "points is too long"),
        ("weights=1_2_3", "weights needs 9 numbers, not 3"),
        ("weights=" + "_".join(["1e7"] * 9), "weights=10000000.0 must be"),
    ],
)
def test_bad_links_are_refused(query, message):
    """The message names the first value that is not allowed."""
    with pytest.raises(ValueError, match=re.escape(message)) as found:
        from_query(parsed(query))
    assert str(found.value).startswith("link: ")
    assert len(str(found.value)) < 300
