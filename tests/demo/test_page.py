"""The page without a browser: values of widgets are set, buttons are clicked, time is ticked."""

import re

import numpy as np
import pytest
from bokeh.document import Document
from bokeh.events import ButtonClick, MouseMove, Pan, PanEnd, PanStart, Press, PressUp, Tap

from sklinear_gd.demo.data_sets import DATA_SETS
from sklinear_gd.demo.page import IN_FLIGHT, Page
from sklinear_gd.demo.server import make_application
from sklinear_gd.demo.settings import LOSS_NAMES, MAX_POINTS, OPTIMIZER_CLASSES, SCHEDULE_CLASSES
from sklinear_gd.demo.style import read
from sklinear_gd.demo.weight_editor import WEIGHT_ROWS


def opened():
    """Return the page as it opens, with a clock that stands still."""
    page = Page(Document(), {})
    page.clock = lambda: 0.0
    return page


@pytest.fixture
def page():
    """Return the page as it opens."""
    return opened()


@pytest.fixture(scope="module")
def pages():
    """Return the pages in use by the names of the tests."""
    return {}


@pytest.fixture
def page_for_all(request, pages):
    """Return one page for all cases of a test, as a visitor who tries them one after another."""
    name = request.node.originalname
    if name not in pages:
        pages[name] = opened()
    return pages[name]


def click(page, name):
    """Click a button."""
    page.document.callbacks.trigger_event(ButtonClick(page.controls[name]))


def on_plane(page, event, x0, x1, name="plane"):
    """Let the plane see a movement of the mouse."""
    figure = page.document.get_model_by_name(name)
    page.document.callbacks.trigger_event(event(figure, x=x0, y=x1))


def frames(page, count):
    """Let time go on, with a browser that keeps up."""
    for _ in range(count):
        page.view.seen.data = {"frame": [page.view.frame]}
        page.tick()


def total(page):
    """Return the first model's loss."""
    return page.experiment.evaluations[0].total


def message(page):
    """Return the message above everything."""
    return page.view.texts["message"].text


def test_the_application_makes_a_page():
    """A document has every root that the template names, each once."""
    document = make_application().create_document()
    names = [root.name for root in document.roots]
    assert len(names) == len(set(names))
    asked = re.findall(r"embed\(roots\.(\w+)\)", read("page.html"))
    assert sorted([*asked, *WEIGHT_ROWS]) == sorted(names)


def test_a_step_is_one_update(page):
    """A single step moves the weights once and draws them everywhere."""
    before = total(page)
    click(page, "step")
    assert page.experiment.updates == 1
    assert total(page) < before
    field = page.document.get_model_by_name("weight_1_0")
    assert field.value == pytest.approx(page.experiment.trainers[0].coef[1, 0], abs=1e-3)
    assert page.view.curve.sources[0].data["t"] == [0, 1]
    assert f"{total(page):.3f}" in page.view.texts["losses"].text


def test_run_and_stop(page):
    """A run makes updates with each frame until it is stopped, and the curve has them all."""
    click(page, "run")
    assert page.controls["run"].label == "Stop"
    frames(page, 20)
    click(page, "run")
    assert page.controls["run"].label == "Run"
    frames(page, 5)
    assert page.experiment.updates == 20
    assert list(page.view.curve.sources[0].data["t"]) == list(range(21))
    path = page.view.landscape.paths[0].data
    assert len(path["u"]) == 21
    assert path["u"][-1] > path["u"][0] == pytest.approx(0)


def test_training_waits_for_the_browser(page):
    """Without word from the browser only a few frames are sent."""
    click(page, "run")
    start = page.view.frame
    page.view.seen.data = {"frame": [start]}
    for _ in range(20):
        page.tick()
    assert page.view.frame - start == IN_FLIGHT


def test_a_failing_frame_stops_the_run_only(page, monkeypatch, caplog):
    """An unexpected error is logged, the run stops, and the page goes on."""
    click(page, "run")
    with monkeypatch.context() as patch:
        patch.setattr(page.experiment, "update", lambda times: 1 / 0)
        frames(page, 1)
    assert "Something went wrong" in message(page)
    assert "ZeroDivisionError" in caplog.text
    assert not page.running
    click(page, "step")
    assert page.experiment.updates == 1


def test_training_keeps_its_pace(page):
    """A frame that comes late makes up for those before it, within limits."""
    click(page, "run")
    for now, updates in [(0.03, 1), (0.13, 4), (9.0, 8)]:
        page.clock = lambda now=now: now
        frames(page, 1)
        assert page.experiment.updates == updates


def test_speed_is_updates_a_frame(page):
    """A higher speed makes more updates between two frames."""
    page.controls["speed"].value = "25"
    click(page, "run")
    frames(page, 2)
    assert page.experiment.updates == 50


def test_a_point_is_dragged_while_training_runs(page):
    """Each movement reaches the run at once; the training goes on."""
    click(page, "run")
    frames(page, 30)
    calm = total(page)
    x0, x1 = page.experiment.X[0]
    on_plane(page, PanStart, x0 + 0.05, x1)
    for k in range(1, 6):
        on_plane(page, Pan, x0 - 0.4 * k, x1 - 0.3 * k)
        frames(page, 1)
        place = page.view.points.source.data
        assert place["x"][0] == pytest.approx(x0 - 0.4 * k, abs=0.006)
    assert total(page) > calm
    assert page.experiment.trainers[0].updates == 35
    on_plane(page, PanEnd, -1, -1)
    on_plane(page, Pan, 1.9, 1.9)
    assert page.experiment.X[0] == pytest.approx([x0 - 2, x1 - 1.5], abs=0.006)
    frames(page, 5)
    assert page.experiment.updates == 40
    assert page.points.selected == 0
    assert page.controls["dataset"].value == ""


def test_a_point_is_held_before_it_is_dragged(page):
    """Whoever holds a point still before moving it drags it, too; a slow click selects it."""
    x0, x1 = page.experiment.X[2]
    on_plane(page, MouseMove, x0 - 1, x1)
    on_plane(page, Press, x0, x1)
    on_plane(page, MouseMove, x0 - 1, x1 - 1)
    on_plane(page, PressUp, x0 - 1, x1 - 1)
    on_plane(page, MouseMove, 0, 0)
    assert page.experiment.X[2] == pytest.approx([x0 - 1, x1 - 1])
    assert not page.experiment.moving
    for event in (Press, PressUp):
        on_plane(page, event, *page.experiment.X[5])
    assert page.points.selected == 5
    assert len(page.experiment.X) == 9


def test_a_drag_on_an_empty_place_moves_nothing(page):
    """Only points can be dragged."""
    before = page.experiment.X
    for event in (PanStart, Pan, PanEnd):
        on_plane(page, event, -1.9, -1.9)
    assert page.experiment.X is before


def test_points_by_mouse(page):
    """A click on an empty place adds a point of the chosen class; on a point it selects it."""
    page.controls["brush"].active = 1
    on_plane(page, Tap, -1.5, -1.5)
    assert page.experiment.X[-1].tolist() == [-1.5, -1.5]
    assert (page.experiment.y[-1], page.points.selected) == (1, 9)
    on_plane(page, Tap, *page.experiment.X[4])
    assert page.points.selected == 4
    assert page.view.points.halo.data["x"].tolist() == [page.experiment.X[4, 0]]
    assert len(page.experiment.X) == 10


def test_points_by_keyboard(page):
    """Fields and buttons do all that the mouse does."""
    assert page.controls["delete"].disabled
    page.controls["point"].value = 3
    page.controls["point_x"].value = 0.75
    page.controls["point_y"].value = -0.25
    page.controls["label"].active = 2
    assert page.experiment.X[3].tolist() == [0.75, -0.25]
    assert page.experiment.y[3] == 2
    click(page, "delete")
    assert len(page.experiment.X) == 8
    click(page, "add")
    assert page.experiment.X[-1].tolist() == [0, 0]
    assert page.controls["point"].value == 8


def test_refused_actions_are_explained():
    """At the limit of points a message says so; the next action clears it."""
    page = Page(Document(), {"points": [b"~".join([b"0_0_0"] * MAX_POINTS)]})
    on_plane(page, Tap, 1.5, 1.5)
    assert f"Not done: there are {MAX_POINTS} points already" in message(page)
    click(page, "randomize")
    assert message(page) == ""


@pytest.mark.parametrize(
    ("widget", "values", "setting"),
    [
        ("loss", LOSS_NAMES, lambda settings: settings.loss),
        ("penalty", ["l1", "none", "l2"], lambda settings: settings.penalty),
        ("batch", ["1", "full"], lambda settings: settings.batch),
        ("first_optimizer", OPTIMIZER_CLASSES, lambda settings: settings.first.optimizer),
        ("first_schedule", SCHEDULE_CLASSES, lambda settings: settings.first.schedule),
        ("second_optimizer", OPTIMIZER_CLASSES, lambda settings: settings.second.optimizer),
        ("second_schedule", SCHEDULE_CLASSES, lambda settings: settings.second.schedule),
    ],
)
def test_menus_set_their_setting(page_for_all, widget, values, setting):
    """Every entry of every menu reaches the settings, and a step works with it."""
    page = page_for_all
    page.controls["race"].active = True
    entries = [value for value, _ in page.controls[widget].options]
    assert set(values) <= set(entries)
    for value in entries:
        page.controls[widget].value = value
        assert setting(page.experiment.settings) == value
        click(page, "step")
        assert message(page) == ""


@pytest.mark.parametrize(
    ("widget", "setting"),
    [
        ("alpha", lambda settings: settings.alpha),
        ("first_rate", lambda settings: settings.first.rate),
        ("second_rate", lambda settings: settings.second.rate),
    ],
)
def test_sliders_are_logarithmic(page_for_all, widget, setting):
    """A slider at -2 means 0.01, and both ends are allowed."""
    page = page_for_all
    slider = page.controls[widget]
    for power, value in [(-2, 0.01), (-0.5, 0.32), (slider.start, 1e-4), (slider.end, 10.0)]:
        slider.value = power
        assert setting(page.experiment.settings) == pytest.approx(value)
        assert message(page) == ""


@pytest.mark.parametrize("name", DATA_SETS)
def test_ready_data(page_for_all, name):
    """A ready data set replaces the points, with as many classes as it has."""
    page = page_for_all
    page.controls["dataset"].value = "blobs"
    page.controls["dataset"].value = name
    classes = len(np.unique(page.experiment.y))
    assert page.controls["classes"].active == classes - 2
    rows = [root.visible for root in page.view.weights.roots]
    assert sum(rows) == (1 if classes == 2 else classes)
    assert page.view.texts["table"].text.count("<tr") == len(page.experiment.X) + 2
    click(page, "step")


def test_two_to_five_classes(page):
    """The number of classes changes buttons and rows of weights."""
    for active in (3, 0, 1):
        page.controls["classes"].active = active
        assert page.experiment.settings.classes == active + 2
        assert len(page.controls["brush"].labels) == active + 2
        click(page, "step")


def test_weights_are_edited(page):
    """A field of W or b sets it; the other fields keep what they show."""
    page.document.get_model_by_name("weight_2_1").value = 1.5
    page.document.get_model_by_name("weight_0_2").value = -0.5
    trainer = page.experiment.trainers[0]
    assert (trainer.coef[2, 1], trainer.intercept[0]) == (1.5, -0.5)
    click(page, "step")
    click(page, "restart")
    assert page.experiment.trainers[0].coef[2, 1] == 1.5


def test_a_race_shows_a_second_plane(page):
    """With a race there are two planes, two rows of losses and two ways."""
    rival = page.document.get_model_by_name("rival_plane")
    assert not rival.visible
    page.controls["race"].active = True
    assert rival.visible
    click(page, "run")
    frames(page, 10)
    click(page, "run")
    assert page.view.texts["losses"].text.count("<tr>") == 3
    first, second = (source.data["loss"] for source in page.view.curve.sources)
    assert len(first) == len(second) == 11
    assert first[0] == second[0]
    assert first[-1] != second[-1]
    assert rival.title.text == "B: Momentum"


def test_two_tabs_do_not_meet():
    """Each page has a state of its own."""
    one, other = Page(Document(), {}), Page(Document(), {})
    click(one, "step")
    assert (one.experiment.updates, other.experiment.updates) == (1, 0)


def test_code_and_link_are_those_of_the_state(page):
    """Code and link follow each change; the link opens the same page again."""
    page.controls["loss"].value = "softmax"
    click(page, "step")
    assert "SoftmaxGDClassifier" in page.view.texts["code"].text
    (query,) = page.view.program.data["query"]
    arguments = dict(part.split("=", 1) for part in query.split("&"))
    other = Page(Document(), {name: [text.encode()] for name, text in arguments.items()})
    assert other.view.program.data["query"] == [query]
    assert message(other) == ""


def test_a_bad_link_shows_the_default_state():
    """The message says what is wrong, without its markup being taken for the page's."""
    page = Page(Document(), {"loss": [b"<img src=x>"]})
    assert "link: loss=&#x27;&lt;img src=x&gt;&#x27; must be one of" in message(page)
    assert "default state" in message(page)
    assert page.experiment.settings.loss == "weston_watkins"
    assert page.controls["dataset"].value == "stanford"


@pytest.mark.parametrize("penalty", ["l2", "l1", "none"])
def test_the_gradient_check_is_satisfied(page_for_all, penalty):
    """Away from kinks formula and differences agree for every loss, and the page says so."""
    page = page_for_all
    page.controls["penalty"].value = penalty
    for loss in LOSS_NAMES:
        page.controls["loss"].value = loss
        click(page, "restart")
        assert "The formula is right." in page.view.texts["check"].text, loss
        click(page, "step")
        text = page.view.texts["check"].text
        assert float(re.search(r"<b>([^<]+)</b>", text).group(1)) < 1e-6, loss
        assert "The formula is right." in text, loss


def test_kinks_are_counted(page):
    """Where scores differ by just the margin the loss has a kink, and the page says so."""
    for row in range(3):
        for column in range(3):
            page.document.get_model_by_name(f"weight_{row}_{column}").value = 0
    page.document.get_model_by_name("weight_1_2").value = 1
    assert "sit at a kink" in page.view.texts["check"].text


def test_divergence_stops_the_run(page):
    """A run that diverges is stopped with a message."""
    page.controls["alpha"].value = 1
    page.controls["first_rate"].value = 1
    click(page, "run")
    frames(page, 30)
    assert not page.running
    assert "diverged" in message(page)


def shown_after(document, sources, act):
    """Return what a browser has in each source after an action: messages leave at its end."""
    shown = {
        source: {name: list(column) for name, column in source.data.items()} for source in sources
    }

    def receive(event):
        if event.kind == "ColumnDataChanged" and event.model in shown:
            data = event.model.data
            shown[event.model] = {name: list(column) for name, column in data.items()}
        elif event.kind == "ColumnsStreamed" and event.model in shown:
            for name, column in event.data.items():
                shown[event.model][name].extend(column)

    document.on_change(receive)
    document.hold("combine")
    act()
    document.unhold()
    return [shown[source] for source in sources]


@pytest.mark.parametrize("change", ["delete", "randomize", "restart"])
def test_a_new_run_begins_once(page, change):
    """After a change before the first update the browser's curve and way hold one place each."""
    page.controls["point"].value = 3
    sources = page.view.curve.sources[0], page.view.landscape.paths[0]
    curve, way = shown_after(
        page.document, sources, lambda: (click(page, change), page.view.draw_landscape())
    )
    assert curve == sources[0].data == {"t": [0], "loss": [total(page)]}
    assert way == sources[1].data
    assert np.shape(way["u"]) == np.shape(way["v"]) == (1,)


def test_the_landscape_follows_a_drag(page):
    """While a point is dragged the landscape is drawn again, but not with every movement."""
    frames(page, 1)
    key = page.view.landscape_drawn
    x0, x1 = page.experiment.X[0]
    on_plane(page, PanStart, x0, x1)
    on_plane(page, Pan, x0 - 1, x1)
    page.view.draw_landscape()
    assert page.view.landscape_drawn[0] != key[0]
    on_plane(page, Pan, x0 - 1.1, x1)
    assert not page.view.landscape_is_due()
