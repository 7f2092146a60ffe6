"""Time to an objective: traces of all solvers, then a race of the fastest."""

from dataclasses import asdict
from statistics import median

from benchmarks import adapters
from benchmarks.data import handed_over, load
from benchmarks.problems import objective
from benchmarks.scout import LADDER, point
from benchmarks.timing import child, rest, seconds_of

# Loading the data and compiling what a peer compiles is not training: so long may it take.
START_UP = 120
# The least seconds that one fit may take before a trace ends.
FLOOR = 3.0
# Races, if the first is lost to a seed.
ROUNDS = 4


def trace(adapter, problem, context, path, optimum, cap, until):
    """A solver's path: points {budget, seconds, objective, accuracy}, and why it ended early.

    Parameters
    ----------
    adapter : Adapter
    problem : Problem
    context : Context
    path : str
        The file of the data.
    optimum : float
        F*.
    cap : float
        A fit that takes longer is the last one; twice as long, and it is ended.
    until : float
        The relative distance to the optimum to reach.

    Returns
    -------
    trace : dict
    """
    order = {
        "problem": asdict(problem),
        "data": path,
        "adapter": adapter.name,
        "optimum": optimum,
        "until": until,
        "cap": cap,
        "max_budget": 64 if context.tiny else LADDER[-1],
    }
    points, failed = [], None
    for line in child("benchmarks.scout", order, first=START_UP, later=2 * cap + 10):
        if "failed" in line:
            failed = line["failed"]
        elif "budget" in line:
            points.append(line)
    return {
        "solver": adapter.name,
        "unit": adapter.unit,
        "is_project": adapter.is_project,
        "exact": problem.loss in adapter.losses,
        "points": points,
        "failed": failed,
    }


def arrival(found, goal):
    """The first point of a trace at or below the goal, or None."""
    return next((p for p in found["points"] if p["objective"] <= goal), None)


def traces(problem, context, optimum, until):
    """Traces of every solver that supports the problem, the project's first.

    Later peers' fits may take twice as long as the fastest peer so far needed to come within 1 % of
    the optimum; the project's may take as long as that peer.
    """
    data = load(problem.dataset, "float32", context.tiny)
    adapters_there = adapters.supporting(problem, data)
    names = context.chosen([adapter.name for adapter in adapters_there])
    chosen = [adapter for adapter in adapters_there if adapter.name in names]
    chosen.sort(key=lambda adapter: adapter.is_project)  # first learn how fast the peers are
    best, found = None, []
    with handed_over(data) as path:
        for adapter in chosen:
            context.say(f"{problem.key}: {adapter.name}")
            cap = context.cap if best is None else 2 * best
            if adapter.is_project:
                cap = best or FLOOR
            cap = min(max(cap, FLOOR), context.cap)
            found.append(trace(adapter, problem, context, path, optimum, cap, until))
            there = arrival(found[-1], 1.01 * optimum)
            if there and not adapter.is_project:
                best = min(best or there["seconds"], there["seconds"])
    return sorted(found, key=lambda one: not one["is_project"])


def smallest_budget(adapter, problem, data, goal, low, high, part):
    """Bisect between a budget that misses the goal and one that reaches it, to 1 / part of it."""
    while high - low > max(1, high // part):
        middle = (low + high) // 2
        if point(adapter, problem, data, middle)["objective"] <= goal:
            high = middle
        else:
            low = middle
    return high


def entrants(found, goal, with_peers):
    """The traces to race: the project's fastest, and the fastest peer with all that are close."""
    there = [(arrival(t, goal)["seconds"], t) for t in found if t["exact"] and arrival(t, goal)]
    there.sort(key=lambda pair: pair[0])
    project = [t for _, t in there if t["is_project"]][:1]
    peers = [(seconds, t) for seconds, t in there if not t["is_project"]] if with_peers else []
    return project + [t for seconds, t in peers[:3] if seconds <= 1.5 * peers[0][0]]


def race(problem, context, found, goal, with_peers=True):
    """Time the fastest solvers to the goal in turn, each with the smallest budget that reaches it.

    Every repetition has a seed of its own, so no solver lives on a lucky one; the objective that
    counts is the median over them. Where that misses the goal, which the first seed's reached, all
    run again, and who missed it has a larger budget.

    Returns
    -------
    results : list of dict
        ``solver``, ``budget``, ``seconds`` (all), ``objectives`` (all); the project's first.
    """
    data = load(problem.dataset, "float32", context.tiny)
    runners = []
    for one in entrants(found, goal, with_peers):
        adapter = adapters.find(one["solver"], problem, data)
        high = arrival(one, goal)["budget"]
        low = max([b for b in LADDER if b < high], default=0)
        context.say(f"{problem.key}: {adapter.name}, smallest budget")
        part = 4 if context.quick else 8
        budget = smallest_budget(adapter, problem, data, goal, low, high, part)
        runners.append((adapter, budget))
    for _ in range(ROUNDS):
        results = _one_race(problem, context, data, runners)
        late = [median(result["objectives"]) > goal for result in results]
        if not any(late):
            break
        runners = [
            (adapter, budget + missed * max(1, budget // 8))
            for (adapter, budget), missed in zip(runners, late, strict=True)
        ]
    return results


def _one_race(problem, context, data, runners):
    results = [
        {"solver": adapter.name, "is_project": adapter.is_project, "unit": adapter.unit}
        | {"budget": budget, "seconds": [], "objectives": []}
        for adapter, budget in runners
    ]
    for seed in range(context.repeats):
        context.say(f"{problem.key}: race {seed + 1} of {context.repeats}")
        for (adapter, budget), kept in zip(runners, results, strict=True):
            estimator = adapter.make(problem, data, budget, seed)
            rest()
            seconds, fitted = seconds_of(lambda e=estimator: e.fit(data.X, data.y))
            kept["seconds"].append(seconds)
            kept["objectives"].append(objective(problem, data, adapter.model(fitted)))
    return results
