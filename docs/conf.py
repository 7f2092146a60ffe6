"""Sphinx: numpydoc, a gallery and the pydata theme; neither build nor pages need the network."""

import re

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx_gallery.sorting import ExplicitOrder

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
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "tables"]

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
# A module-level constant or function is listed with its package, without the prefix.
add_module_names = False
smartquotes = False
default_role = "literal"

# The gallery, in the order in which its questions come up.
ORDER = """
margin_losses softmax_or_svm templates penalties loss_landscape random_search numerical_gradient
step_size learning_rate_range schedules batch_size optimizers lbfgs conditioning certificate
"""
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"^(?!plot_)",  # those that need files, or print a table
    "within_subsection_order": ExplicitOrder([f"plot_{name}.py" for name in ORDER.split()]),
    "backreferences_dir": "generated/examples",
    "doc_module": ("sklinear_gd",),
    "capture_repr": (),
    "download_all_examples": False,
    "show_signature": False,
    "inspect_global_variables": False,
    "write_computation_times": False,
    "min_reported_time": 3600,  # how long a script took says more about the machine that built it
    "abort_on_example_error": True,
}

html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["formulas.css"]
html_title = f"sklinear_gd {release}"
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "header_links_before_dropdown": 7,
}
html_sidebars = {"**": []}
# Browsers show MathML by themselves; MathJax would have to be fetched from the network.
html_math_renderer = "mathml"


def mathml(formula, as_block=False):
    """Return MathML for TeX, with fractions in the only form that docutils reads.

    Bars keep the size of letters: browsers would stretch those on the left alone.
    """
    found = tex2mathml(re.sub(r"frac(\d)(\d)", r"frac{\1}{\2}", formula), as_block=as_block)
    plain = r'<mo stretchy="false" lspace="0" rspace="0">\1</mo>'
    return re.sub(r"<mo[^>]*>([|‖∥])</mo>", plain, found)


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
