"""Sphinx: numpydoc and the pydata theme; the build needs no network, nor do the pages."""

import re

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

import sklinear_gd

project = "sklinear_gd"
author = "The sklinear_gd developers"
copyright = "The sklinear_gd developers"
version = release = sklinear_gd.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "matplotlib.sphinxext.plot_directive",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "tables"]

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
# A module-level constant or function is listed with its package, without the prefix.
add_module_names = False
smartquotes = False
plot_formats = [("png", 110)]
plot_html_show_formats = False
plot_html_show_source_link = False
default_role = "literal"

html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["formulas.css"]
html_title = f"sklinear_gd {release}"
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "header_links_before_dropdown": 8,
}
html_sidebars = {"**": []}
# Browsers show MathML by themselves; MathJax would have to be fetched from the network.
html_math_renderer = "mathml"


def mathml(formula, as_block=False):
    """Return MathML for TeX, with fractions in the only form that docutils reads."""
    return tex2mathml(re.sub(r"frac(\d)(\d)", r"frac{\1}{\2}", formula), as_block=as_block)


def inline_math(translator, node):
    """Write a formula within a line."""
    translator.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def block_math(translator, node):
    """Write displayed formulas; blank lines separate several of them."""
    for formula in node.astext().split("\n\n"):
        translator.body.append(f'<div class="formula">{mathml(formula, as_block=True)}</div>\n')
    raise nodes.SkipNode


def without_references(app, what, name, obj, options, lines):
    """Keep the text of references; inherited docstrings refer to pages of scikit-learn."""
    lines[:] = [re.sub(r":ref:`([^`<]*[^`< ])(?: *<[^`]*>)?`", r"\1", line) for line in lines]


def setup(app):
    """Register the renderer of formulas and the change to docstrings."""
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))
    app.connect("autodoc-process-docstring", without_references)
