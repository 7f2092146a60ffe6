"""What a benchmark found: cases with a figure, a reference, a target and a verdict."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "results"


@dataclass
class Case:
    """One comparison.

    Attributes
    ----------
    name : str
    value, reference : float
        The project's figure and what it is held against, in ``unit``.
    project, against : str
        Whose figures they are.
    target : float or None
        For ``value / reference``, or for ``reference / value`` if ``speedup``. None has no target.
    unit : str
        "s", "MB" or another.
    speedup : bool
        The ratio is to be large, not small.
    conditions : dict of bool
        What else must hold, in words.
    samples : dict of lists
        Every single measurement.
    note : str
    """

    name: str
    value: float | None
    reference: float | None
    project: str
    against: str
    target: float | None = None
    unit: str = "s"
    speedup: bool = False
    conditions: dict = field(default_factory=dict)
    samples: dict = field(default_factory=dict)
    note: str = ""

    @property
    def ratio(self):
        """What is compared with the target; None where one side never arrived."""
        if self.value is None or self.reference is None:
            return None
        if self.speedup:
            return self.reference / self.value
        return self.value / self.reference

    @property
    def verdict(self):
        """PASS, MISS, or "" for a case without a target."""
        if self.target is None:
            return ""
        if self.ratio is None:
            # A peer that never arrived has lost; the project has then only to arrive.
            good = self.value is not None
        elif self.speedup:
            good = self.ratio >= self.target
        else:
            good = self.ratio <= self.target
        return "PASS" if good and all(self.conditions.values()) else "MISS"

    def to_json(self):
        """A dict with the ratio and the verdict."""
        return asdict(self) | {"ratio": self.ratio, "verdict": self.verdict}


@dataclass
class Result:
    """All cases of one benchmark.

    Attributes
    ----------
    cases : list of Case
    traces : dict of lists
        Paths of solvers, by problem, for the pictures.
    optima : dict
        F* of each problem.
    curves : dict
        Scaling curves, for the pictures.
    notes : list of str
    """

    cases: list
    traces: dict = field(default_factory=dict)
    optima: dict = field(default_factory=dict)
    curves: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)

    @property
    def verdict(self):
        """PASS if all cases with a target pass, "" if there is none."""
        verdicts = [case.verdict for case in self.cases if case.verdict]
        if not verdicts:
            return ""
        missed = verdicts.count("MISS")
        return f"MISS ({missed} of {len(verdicts)})" if missed else "PASS"


def save(folder, benchmark, result, about):
    """Write the JSON of a result; returns the dict."""
    out = {
        "name": benchmark.name,
        "row": benchmark.row,
        "title": benchmark.title,
        "against": benchmark.against,
        "target": benchmark.target,
        "verdict": result.verdict,
        "cases": [case.to_json() for case in result.cases],
        "notes": result.notes,
        "optima": result.optima,
        "traces": result.traces,
        "curves": result.curves,
        **about,
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_rounded(out), indent=1, ensure_ascii=False)
    (folder / f"{benchmark.name}.json").write_text(text + "\n", encoding="utf-8")
    return out


def read_all(folder):
    """The dicts of all results in a folder, by name."""
    found = (json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json"))
    return {one["name"]: one for one in found}


def _rounded(value):
    """Numbers with seven digits, which keeps the files small."""
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
