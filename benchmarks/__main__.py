"""The command line: ``python -m benchmarks [list | run | report | instructions]``.

Without a command all benchmarks are run and the report is written.
"""

import argparse
import os
import sys
import time
from functools import partial
from pathlib import Path


def parser():
    """The arguments."""
    out = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n")[0])
    commands = out.add_subparsers(dest="command")
    commands.add_parser("list", help="the names of all benchmarks")
    run = commands.add_parser("run", help="run some benchmarks, or all")
    run.add_argument("names", nargs="+", help="names as in list, or all")
    report = commands.add_parser("report", help="write docs/benchmarks.rst and draw")
    for one in (out, run, report):
        # What is not given here must not hide what was given before the command.
        add = partial(one.add_argument, default=argparse.SUPPRESS)
        if one is not report:
            add("--quick", action="store_true", help="3 repetitions, less patience")
            add("--tiny", action="store_true", help="made-up data, to try the suite")
            add("--solvers", help="names of solvers, with commas: only these run in races")
            add("--data", help="the folder of .npz files; SKLINEAR_GD_DATA otherwise")
        add("--results", type=Path, help="the folder of JSON files and pictures")
        if one is not run:
            add("--docs", type=Path, help="the folder of the documentation")
    count = commands.add_parser("instructions", help="count instructions of five kernels")
    count.add_argument("--update", action="store_true", help="keep the counts as the new norm")
    return out


def run(names, mode, folder, solvers=()):
    """Run benchmarks, write their JSON, print the table; returns the dicts."""
    from benchmarks import machine, results, rows
    from benchmarks.context import Context, progress
    from benchmarks.report import plain_table

    chosen, done = rows.named(names), []
    with progress(chosen) as (say, advance):
        for benchmark in chosen:
            tell = partial(_tell, say, benchmark.name)
            context = Context.of_mode(mode, tell, solvers)
            about = {"mode": mode, "repeats": context.repeats, "machine": machine.describe()}
            start = time.perf_counter()
            found = benchmark.run(context)
            about["seconds"] = round(time.perf_counter() - start, 1)
            done.append(results.save(folder, benchmark, found, about))
            advance()
    print(plain_table(done))
    return done


def _tell(say, name, text):
    say(f"{name}: {text}")


def main(arguments=None):
    """Do what the command line says; returns the exit status."""
    options = parser().parse_args(arguments)
    given = vars(options)
    if "data" in given:
        os.environ["SKLINEAR_GD_DATA"] = str(Path(options.data).resolve())
    from benchmarks import results

    folder = given.get("results", results.FOLDER)
    if options.command == "list":
        from benchmarks.rows import BENCHMARKS

        for benchmark in BENCHMARKS:
            print(f"{benchmark.row or '':>3}  {benchmark.name:<20} {benchmark.title}")
    elif options.command == "instructions":
        from benchmarks.instructions import check

        return check(options.update)
    elif options.command == "report":
        from benchmarks.report import write

        write(folder, given.get("docs"))
    else:
        mode = "tiny" if "tiny" in given else "quick" if "quick" in given else "full"
        solvers = [name for name in given.get("solvers", "").split(",") if name]
        run(given.get("names", ["all"]), mode, folder, solvers)
        if options.command is None:
            from benchmarks.report import write

            write(folder, given.get("docs"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
