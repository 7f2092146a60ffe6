"""Make docs/_static/demo.png: the demo in a race, by the Chromium of ``SKLINEAR_GD_CHROMIUM``."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parent / "_static" / "demo.png"
QUERY = "?race=1&rate=0.1&rival_optimizer=adam&rival_rate=0.1"
BROWSER = os.environ.get("SKLINEAR_GD_CHROMIUM") or shutil.which("chromium")
UPDATES, COLORS = 60, 255


def main():
    """Open the page, let it race, and keep what is in the window."""
    command = [sys.executable, "-P", "-m", "sklinear_gd.demo", "--port", "0", "--no-browser"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as profile,
        sync_playwright() as playwright,
    ):
        address = re.search(r"http://\S+", server.stdout.readline()).group()
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=BROWSER,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            viewport={"width": 1400, "height": 1130},
        )
        tab = context.new_page()
        tab.goto(address + QUERY)
        tab.wait_for_function("window.Bokeh && Bokeh.documents.length")
        tab.wait_for_function("Bokeh.documents[0].is_idle")
        tab.get_by_role("button", name="Run", exact=True).click()
        curve = "Bokeh.documents[0].get_model_by_name('A').data_source.data.t"
        tab.wait_for_function(f"{curve}.length > {UPDATES}")
        tab.get_by_role("button", name="Stop", exact=True).click()
        tab.wait_for_timeout(1500)
        tab.screenshot(path=PICTURE)
        with Image.open(PICTURE) as picture:  # a palette, which halves the file
            picture.convert("RGB").quantize(COLORS, kmeans=2).save(PICTURE, optimize=True)
        context.close()
        server.terminate()


if __name__ == "__main__":
    main()
