"""The page in a real browser: a headless Chromium, driven by Playwright.

The browser is the one that ``SKLINEAR_GD_CHROMIUM`` names, or a ``chromium`` on the PATH.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BROWSER = os.environ.get("SKLINEAR_GD_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(
    BROWSER is None,
    reason="no Chromium: install one (apt-get install chromium) or set SKLINEAR_GD_CHROMIUM",
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
SHOTS = os.environ.get("SKLINEAR_GD_SCREENSHOTS")
TIMEOUT = 20_000
# What a test reads of the models in the browser, by their names.
MODEL = "Bokeh.documents[0].get_model_by_name"


@pytest.fixture(scope="module")
def server():
    """Return a demo that starts in a process of its own."""
    command = [sys.executable, "-P", "-m", "sklinear_gd.demo", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.terminate()


@pytest.fixture(scope="module")
def address(server, browser):
    """Return the address of the demo, which has started beside the browser."""
    return re.search(r"http://\S+", server.stdout.readline()).group()


@pytest.fixture(scope="module")
def browser(server, tmp_path_factory):
    """Return a browser with an empty profile."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=BROWSER,
            headless=True,
            args=FLAGS,
            viewport={"width": 1400, "height": 1000},
        )
        context.set_default_timeout(TIMEOUT)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield context
        context.close()


class Visit:
    """A page in the browser, with short names for what tests do on it."""

    def __init__(self, tab, address):
        self.tab, self.address = tab, address
        self.complaints, self.requests = [], []
        tab.on("console", self._note)
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("request", lambda request: self.requests.append(request.url))
        tab.on("websocket", lambda socket: self.requests.append(socket.url))

    def _note(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, query=""):
        """Open the page and wait until it is drawn."""
        self.tab.goto(self.address + query)
        self.wait(f"window.Bokeh && Bokeh.documents.length && {MODEL}('plane')")
        self.wait("Bokeh.documents[0].is_idle")

    def wait(self, condition):
        """Wait until something is true in the browser."""
        self.tab.wait_for_function(condition)

    def value(self, model, attribute):
        """Return an attribute of a model in the browser."""
        return self.tab.evaluate(f"{MODEL}('{model}').{attribute}")

    def click(self, label):
        """Click a button by its label."""
        self.tab.get_by_role("button", name=label, exact=True).click()

    @property
    def updates(self):
        """The last update in the loss curve."""
        return self.tab.evaluate(f"Math.max(...{MODEL}('A').data_source.data.t)")

    @property
    def loss(self):
        """The total loss that the page shows."""
        return float(self.tab.locator("td.total").first.inner_text())

    def points(self):
        """Return the places of the points as the plane shows them."""
        data = f"{MODEL}('points').data"
        return np.array(self.tab.evaluate(f"[Array.from({data}.x), Array.from({data}.y)]")).T

    def pixel(self, x0, x1):
        """Return where on the screen a place of the plane is."""
        self.tab.evaluate("window.scrollTo(0, 0)")
        return self.tab.evaluate(
            f"""([x0, x1]) => {{
              const view = Bokeh.index.find_one({MODEL}('plane'))
              const box = view.canvas_view.el.getBoundingClientRect()
              const frame = view.frame ?? view.plot_view.frame
              return [box.left + frame.x_scale.compute(x0), box.top + frame.y_scale.compute(x1)]
            }}""",
            [x0, x1],
        )

    def shoot(self, name):
        """Keep a screenshot, where one is asked for."""
        if SHOTS:
            self.tab.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.fixture
def visit(browser, address):
    """Return an open page; in the end nothing was complained of, nothing came from elsewhere."""
    tab = browser.new_page()
    visit = Visit(tab, address)
    visit.open()
    yield visit
    assert visit.complaints == []
    own = address.removeprefix("http://")
    foreign = [url for url in visit.requests if url.split("://")[-1].partition(own)[0]]
    assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []
    tab.close()


def test_step_run_and_stop(visit):
    """A step is one update; a run makes many, and the loss falls; stop ends it."""
    visit.click("Single step")
    visit.wait(f"{MODEL}('A').data_source.data.t.length == 2")
    first = visit.loss
    visit.click("Run")
    visit.wait(f"{MODEL}('A').data_source.data.t.length > 25")
    visit.click("Stop")
    visit.tab.get_by_role("button", name="Run", exact=True).wait_for()
    assert visit.loss < 0.5 * first
    visit.tab.wait_for_timeout(500)  # what was sent before the end is still on its way
    stopped = visit.updates
    visit.tab.wait_for_timeout(300)
    assert visit.updates == stopped
    visit.shoot("run")
    visit.click("Back to start")
    visit.wait(f"{MODEL}('A').data_source.data.t.length == 1")
    assert visit.loss > first


@pytest.mark.parametrize("hold_ms", [0, 700])
def test_a_point_is_dragged_during_a_run(visit, hold_ms):
    """The point follows the mouse, at once or held first; training goes on, the loss jumps."""
    visit.click("Run")
    visit.wait(f"{MODEL}('A').data_source.data.t.length > 20")
    calm, before = visit.loss, visit.points()
    goal = np.array([-1.2, 0.4])
    shares = np.linspace(0, 1, 6)[:, None]
    way = [visit.pixel(*place) for place in (1 - shares) * before[0] + shares * goal]
    mouse = visit.tab.mouse
    mouse.move(*way[0])
    mouse.down()
    visit.tab.wait_for_timeout(hold_ms)
    for place in way[1:]:
        mouse.move(*place)
    visit.wait(f"Math.abs({MODEL}('points').data.x[0] + 1.2) < 0.03")
    middle = visit.updates
    visit.wait(f"{MODEL}('A').data_source.data.t.length > {middle + 3}")
    assert visit.loss > calm
    mouse.up()
    visit.shoot("drag")
    visit.click("Stop")
    after = visit.points()
    np.testing.assert_allclose(after[0], goal, atol=0.03)
    np.testing.assert_array_equal(after[1:], before[1:])
    assert visit.value("dataset", "value") == ""


def test_points_by_mouse_and_keyboard(visit):
    """A click adds a point, another selects one; fields move it and a button deletes it."""
    tab = visit.tab
    tab.mouse.click(*visit.pixel(-1.6, -1.6))
    visit.wait(f"{MODEL}('points').data.x.length == 10")
    tab.mouse.click(*visit.pixel(*visit.points()[3]))
    visit.wait(f"{MODEL}('point').value == 3")
    field = tab.get_by_label("x[0]")
    field.focus()
    start = visit.points()[3][0]
    tab.keyboard.press("ArrowUp")
    visit.wait(f"Math.abs({MODEL}('points').data.x[3] - {start + 0.05}) < 1e-9")
    visit.click("Delete it")
    visit.wait(f"{MODEL}('points').data.x.length == 9")
    visit.tab.wait_for_timeout(500)  # the landscape is drawn again with a later frame
    curve = tab.evaluate(f"Array.from({MODEL}('A').data_source.data.t)")
    assert curve == [0]  # the run has begun anew
    tab.get_by_role("button", name="Single step", exact=True).press("Enter")
    visit.wait(f"Math.max(...{MODEL}('A').data_source.data.t) == 1")


def test_every_menu_and_slider(visit):
    """Each control is used once as people use it, and a step works after all of them."""
    tab = visit.tab
    tab.get_by_role("checkbox").or_(tab.get_by_role("switch")).first.click()
    visit.wait(f"{MODEL}('rival_plane').visible")
    for name in ["dataset", "loss", "penalty", "batch", "speed"] + [
        f"{who}_{part}" for who in ("first", "second") for part in ("optimizer", "schedule")
    ]:
        value, label = visit.value(name, "options")[-1]
        tab.locator(f"select[name='{name}']").select_option(label=label)
        visit.wait(f"{MODEL}('{name}').value == '{value}'")
    for name, slider in zip(("alpha", "first_rate", "second_rate"), range(3), strict=True):
        before = visit.value(name, "value")
        handle = tab.locator(".noUi-handle").nth(slider)
        handle.focus()
        handle.press("ArrowLeft")
        visit.wait(f"{MODEL}('{name}').value < {before}")
    tab.get_by_role("button", name="4", exact=True).first.click()
    visit.wait(f"{MODEL}('classes').active == 2")
    for label in ("Randomize", "Add a point", "Single step"):
        visit.click(label)
    visit.wait(f"{MODEL}('A').data_source.data.t.length > 1")
    assert tab.locator(".message").count() == 0
    visit.shoot("race")


def test_a_weight_is_nudged(visit):
    """The arrow keys change a weight by a tenth."""
    before = visit.value("weight_0_0", "value")
    fields = visit.tab.locator(".bk-spin-wrapper input").all()
    field = next(item for item in fields if item.input_value() == f"{before:.3f}")
    field.focus()
    visit.tab.keyboard.press("ArrowUp")
    visit.wait(f"Math.abs({MODEL}('weight_0_0').value - {before} - 0.1) < 1e-6")


def test_code_and_link_are_copied(visit, address):
    """The copied code reproduces the weights; the copied link opens the same state."""
    before = visit.value("code", "text")
    visit.click("Single step")
    visit.wait(f"{MODEL}('code').text != {json.dumps(before)}")  # it comes after the curve
    visit.click("Copy the code")
    visit.tab.get_by_text("Copied").wait_for()
    namespace = {}
    exec(visit.tab.evaluate("navigator.clipboard.readText()"), namespace)
    shown = visit.value("weight_0_0", "value")
    assert namespace["clf"].coef_[0, 0] == pytest.approx(shown, abs=1e-3)
    visit.click("Copy the link")
    visit.wait("navigator.clipboard.readText().then(text => text.startsWith('http'))")
    link = visit.tab.evaluate("navigator.clipboard.readText()")
    assert link.startswith(address)
    visit.open(link.removeprefix(address))
    assert visit.value("weight_0_0", "value") == shown
    assert visit.tab.locator(".message").count() == 0


def test_a_bad_link_is_explained(visit):
    """The page opens in its default state and says what was wrong."""
    visit.open("?loss=%3Cb%3E")
    text = visit.tab.locator(".message").inner_text()
    assert "loss='<b>' must be one of" in text
    assert visit.value("loss", "value") == "weston_watkins"


@pytest.mark.parametrize("width", [1400, 900, 420])
def test_no_width_is_too_narrow(visit, width):
    """Nothing sticks out of the window, and the plane keeps a useful size."""
    visit.tab.set_viewport_size({"width": width, "height": 1000})
    visit.wait(f"document.documentElement.scrollWidth <= {width}")
    visit.tab.wait_for_timeout(300)
    left, _ = visit.pixel(-2, 0)
    right, _ = visit.pixel(2, 0)
    assert 240 < right - left < width
    visit.shoot(f"width_{width}")
