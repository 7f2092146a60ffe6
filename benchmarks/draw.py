"""The pictures: paths to the optimum, bars of ratios, curves of growth."""

import numpy as np
from matplotlib.figure import Figure

from benchmarks.report import figure_text, in_order

# The project's colour, and a set for peers that stay apart for colour-blind eyes (Okabe, Ito).
OURS = "#d55e00"
PEERS = ("#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#000000", "#e69f00", "#7f7f7f", "#8c564b")
MARKERS = "osv^DPX<>"
HIT, MISSED, NEUTRAL = "#009e73", "#d55e00", "#999999"


def draw(results, folder):
    """Draw all pictures as PNG files.

    Returns
    -------
    pictures : list of (Path, str)
        Each with a sentence about it.
    """
    pictures, chosen = [], in_order(results)
    if any(one["row"] for one in chosen):
        pictures.append((folder / "ratios.png", bars([one for one in chosen if one["row"]])))
    for one in chosen:
        for key, traces in one["traces"].items():
            path = folder / f"path-{key.replace('/', '-')}.png"
            pictures.append((path, paths(key, traces, one["optima"][key]["objective"])))
        if one["curves"]:
            pictures.append((folder / "scaling.png", growth(one["curves"])))
    out = []
    for path, (figure, words) in pictures:
        figure.savefig(path, dpi=100, metadata={"Software": None})
        out.append((path, words))
    return out


def paths(key, traces, optimum):
    """Seconds against the distance to the optimum, both logarithmic."""
    figure = Figure(figsize=(8.5, 4.8), layout="constrained")
    axes = figure.add_subplot()
    peers = 0
    for trace in traces:
        points = trace["points"]
        if not points or not trace["exact"]:
            continue
        seconds = [p["seconds"] for p in points]
        gaps = [max(p["objective"] / optimum - 1, 1e-9) for p in points]
        if trace["is_project"]:
            style = {"color": OURS, "lw": 2.2, "ls": _dashes(trace["solver"]), "zorder": 3}
            style["marker"] = "."
        else:
            style = {"color": PEERS[peers % len(PEERS)], "lw": 1.3}
            style["marker"], peers = MARKERS[peers % len(MARKERS)], peers + 1
            style["ms"] = 4.5
        axes.loglog(seconds, gaps, label=trace["solver"], **style)
    axes.axhline(0.01, color="black", lw=0.8, ls=":")
    axes.annotate("1 %", (1, 0.01), xycoords=("axes fraction", "data"), xytext=(3, -3),
                  textcoords="offset points")  # fmt: skip
    axes.set_ylim(bottom=3e-5, top=10)
    axes.set_xlabel("seconds of the whole fit")
    axes.set_ylabel("F / F* - 1")
    axes.set_title(key.replace("/", ", "))
    axes.grid(which="major", alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1.05, 0.5), fontsize="small", frameon=False)
    return figure, f"Seconds against the distance to the optimum: {key.replace('/', ', ')}"


def _dashes(name):
    return {"sklinear_gd gd": "-", "sklinear_gd lbfgs": "--"}.get(name, ":")


def bars(results):
    """How many times better than the reference each case is, with a tick at its target."""
    cases = [
        (f"{one['row']}  {_short(one, case)}", case)
        for one in results
        for case in one["cases"]
        if case["verdict"] and case["ratio"]
    ]
    cases.reverse()
    figure = Figure(figsize=(9, 1.2 + 0.21 * len(cases)), layout="constrained")
    axes = figure.add_subplot()
    places = np.arange(len(cases))
    better = [case["reference"] / case["value"] for _, case in cases]
    goals = [c["target"] if c["speedup"] else 1 / c["target"] for _, c in cases]
    colours = [HIT if case["verdict"] == "PASS" else MISSED for _, case in cases]
    axes.barh(places, [b - 1 for b in better], left=1, color=colours, height=0.7)
    axes.scatter(goals, places, marker="|", s=60, color="black", zorder=3)
    for place in places:
        text = f"{better[place]:.3g}"
        axes.annotate(text, (max(better[place], 1), place), xytext=(3, 0), va="center",
                      textcoords="offset points", fontsize=7,
                      bbox={"fc": "white", "ec": "none", "pad": 0.4, "alpha": 0.7})  # fmt: skip
    axes.set_xscale("log")
    axes.set_yticks(places, [name for name, _ in cases], fontsize=7)
    axes.set_ylim(-0.7, len(cases) - 0.3)
    axes.set_xlim(right=2.2 * max([*better, *goals]))
    axes.axvline(1, color="black", lw=0.8)
    axes.set_xlabel("times better than the reference (log); black tick: target")
    axes.set_title("green: target met; orange: missed", fontsize="medium")
    axes.grid(axis="x", alpha=0.3)
    return figure, "How many times better than its reference every case is; the tick is its target."


def _short(one, case):
    name = case["name"]
    return name if one["name"].split("-")[0] in name else f"{one['name']}: {name}"


def growth(curves):
    """Seconds against size, with the line of proportional growth."""
    figure = Figure(figsize=(9, 6.4), layout="constrained")
    for axes, (name, curve) in zip(figure.subplots(2, 2).flat, curves.items(), strict=False):
        values, seconds = np.array(curve["values"], float), np.array(curve["seconds"])
        axes.loglog(values, seconds, color=OURS, marker="o", lw=2)
        if "features" not in name:
            line = seconds[-1] * values / values[-1]
            axes.loglog(values, line, color="black", ls=":", lw=1, label="proportional")
            axes.legend(frameon=False)
        axes.set_ylim(seconds.min() / 3, seconds.max() * 3)
        axes.set_xlabel(name)
        axes.set_ylabel("seconds of a fit")
        axes.set_title(f"{figure_text(seconds[0], 's')} … {figure_text(seconds[-1], 's')}")
        axes.grid(which="major", alpha=0.3)
    return figure, "How seconds grow with rows, classes, non-zeros and features."
