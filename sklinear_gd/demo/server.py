"""The web server: this machine only, one origin, no file from elsewhere."""

import socket
from typing import Any

from bokeh.application import Application
from bokeh.application.handlers import FunctionHandler
from bokeh.server.server import Server
from bokeh.settings import settings

from sklinear_gd.demo.page import Page

HOST = "127.0.0.1"
# A query carries up to 80 points and two sets of weights, some 3 kB.
MAX_MESSAGE = 1 << 20


def make_document(document: Any) -> None:
    """Fill a new document with a page, in the state that its address asks for."""
    context = document.session_context
    arguments = context.request.arguments if context is not None else {}
    own = {name: value for name, value in arguments.items() if not name.startswith("bokeh-")}
    Page(document, own)


def make_application() -> Application:
    """The Bokeh application, for a server or for tests without one."""
    return Application(FunctionHandler(make_document, trap_exceptions=False))


def make_server(port: int = 0) -> Server:
    """A started server on 127.0.0.1.

    Parameters
    ----------
    port : int, default=0
        0 takes a free one.

    Returns
    -------
    server : bokeh.server.server.Server
        Its ``io_loop`` is yet to be started. Only pages of its own address may connect.

    Raises
    ------
    OSError
        If the port is taken.
    """
    settings.resources = "server"  # BokehJS comes from here, whatever the environment says
    port = _free_port(port)
    server = Server(
        {"/": make_application()},
        port=port,
        address=HOST,
        allow_websocket_origin=[f"{HOST}:{port}"],
        websocket_max_message_size=MAX_MESSAGE,
        num_procs=1,
    )
    server.start()
    return server


def _free_port(port: int) -> int:
    """The port, or a free one for 0: the origin must name it before the server has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        probe.bind((HOST, port))
        return probe.getsockname()[1]


def address_of(server: Server) -> str:
    """The address to open in a browser."""
    return f"http://{HOST}:{server.port}/"
