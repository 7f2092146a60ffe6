"""The demo's state needs no Bokeh, and the library does not need the demo."""

import subprocess
import sys


def test_the_state_is_apart_from_the_page():
    """The modules of the state load nothing of Bokeh; the package loads nothing of the demo."""
    code = """
import sys
import sklinear_gd
assert not any(name.startswith("sklinear_gd.demo") for name in sys.modules)
import sklinear_gd.demo.export, sklinear_gd.demo.landscape, sklinear_gd.demo.link
import sklinear_gd.demo.command, sklinear_gd.demo.geometry
assert "bokeh" not in sys.modules
"""
    subprocess.run([sys.executable, "-P", "-W", "error", "-c", code], check=True)
