"""The server and its command line: this machine only, and clear words."""

import socket
import subprocess
import sys
from http.client import HTTPConnection

import pytest

from sklinear_gd.demo.command import DEFAULT_PORT, main, parser
from sklinear_gd.demo.server import HOST, address_of, make_server


@pytest.fixture
def server():
    """Return a server that listens."""
    server = make_server()
    yield server
    server.stop()


def test_it_listens_on_this_machine_only(server):
    """The address is 127.0.0.1, and only pages from there may open its websocket."""
    assert address_of(server) == f"http://127.0.0.1:{server.port}/"
    assert server.address == "127.0.0.1"
    assert server._tornado.websocket_origins == {f"127.0.0.1:{server.port}"}


def test_bokehjs_comes_from_the_server(server, monkeypatch):
    """Whatever the environment says, no script comes from elsewhere."""
    monkeypatch.setenv("BOKEH_RESOURCES", "cdn")
    resources = server._tornado.resources()
    assert resources.mode == "server"
    assert not any("cdn" in url or "https:" in url for url in resources.js_files)


def test_a_taken_port_is_said(capsys):
    """If the port is taken the command says so and ends with status 1."""
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["--port", str(port), "--no-browser"]) == 1
    assert f"Port {port} cannot be used" in capsys.readouterr().err


def test_the_command_line():
    """Port and browser can be chosen; there is a default for both."""
    assert vars(parser().parse_args([])) == {"port": DEFAULT_PORT, "no_browser": False}
    options = parser().parse_args(["--port", "0", "--no-browser"])
    assert vars(options) == {"port": 0, "no_browser": True}


def test_without_bokeh_the_extra_is_named(monkeypatch):
    """Without Bokeh an ImportError names the extra to install."""
    for name in list(sys.modules):
        if name.split(".")[0] == "bokeh" or name.startswith("sklinear_gd.demo.server"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "bokeh", None)
    monkeypatch.delattr("sklinear_gd.demo.server")
    with pytest.raises(ImportError, match=r"sklinear-gd\[demo\]"):
        main(["--no-browser"])


def test_the_command_serves():
    """The command prints an address, and the page is there."""
    command = [sys.executable, "-P", "-W", "error", "-m", "sklinear_gd.demo"]
    with subprocess.Popen(
        [*command, "--port", "0", "--no-browser"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            port = int(process.stdout.readline().split("127.0.0.1:")[1].split("/")[0])
            connection = HTTPConnection(HOST, port, timeout=60)
            connection.request("GET", "/?loss=softmax")
            text = connection.getresponse().read().decode()
            connection.close()
        finally:
            process.terminate()
    assert "Gradient descent on a linear classifier" in text
    assert "https://" not in text.replace("https://github.com/bokeh", "")
