"""The command line of the demo: address, browser, and a clear word where Bokeh is missing."""

import argparse
import logging
import sys

from threadpoolctl import threadpool_limits

DEFAULT_PORT = 5006


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sklinear_gd.demo",
        description="Gradient descent on a linear classifier, to play with in the browser.",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help=f"port on 127.0.0.1; 0 takes a free one (default {DEFAULT_PORT})",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address, open no browser"
    )
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Serve the demo on this machine until Ctrl-C.

    Parameters
    ----------
    arguments : list of str, default=None
        The command line; None takes the program's own.

    Returns
    -------
    status : int
        0, or 1 if the port is taken.

    Raises
    ------
    ImportError
        If Bokeh is not installed.
    """
    options = parser().parse_args(arguments)
    try:
        from sklinear_gd.demo.server import address_of, make_server
    except ModuleNotFoundError as error:
        if str(error.name).split(".")[0] != "bokeh":
            raise
        raise ImportError(
            "The demo needs Bokeh 3.9 or newer; install the extra: pip install 'sklinear-gd[demo]'."
        ) from error
    try:
        server = make_server(options.port)
    except OSError as error:
        reason = f"Port {options.port} cannot be used ({error.strerror}); try --port 0."
        print(reason, file=sys.stderr)
        return 1
    # A page that is closed during a run is nothing to warn of.
    logging.getLogger("bokeh.server.views.ws").setLevel(logging.ERROR)
    print(f"The demo is at {address_of(server)} ; Ctrl-C ends it.", flush=True)
    if not options.no_browser:
        server.io_loop.add_callback(server.show, "/")
    try:
        # The problems are tiny: threads of BLAS would cost a hundred times what they save.
        with threadpool_limits(limits=1):
            server.io_loop.start()
    except KeyboardInterrupt:
        server.stop()
    return 0
