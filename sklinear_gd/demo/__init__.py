"""The interactive demo: ``python -m sklinear_gd.demo`` opens it in the browser.

The model of the page needs nothing but the library: `settings`, `data_sets`, `trainer`,
`experiment`, `landscape`, `geometry`, `export`, `link`. The page itself needs Bokeh (extra
``demo``): `style`, `plane`, `charts`, `controls`, `weight_editor`, `tables`, `view`, `page`,
`server`. `command` starts it.
"""
