"""A plug-in of pytest that runs MLflow's own suites against Millrace: where a test starts MLflow's server it gets a server of ours, with
nothing in it. The suites themselves are taken as they are.

    MILLRACE_SERVERS  the command that gives a fresh server for each line it reads, and its address
    MILLRACE_SKIPS    a JSON file: name of a test -> why it is not run
"""

import contextlib
import json
import os
import shlex
import subprocess

import pytest

_servers = None


def _fresh_server() -> str:
    global _servers
    if _servers is None:
        _servers = subprocess.Popen(
            shlex.split(os.environ["MILLRACE_SERVERS"]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    _servers.stdin.write("another\n")
    _servers.stdin.flush()
    return _servers.stdout.readline().strip()


class _Ours:
    """In the place of the suites' own server in a thread."""

    def __init__(self, *_args, **_more):
        self.url = None

    def __enter__(self):
        import mlflow

        self.url = _fresh_server()
        # Commands of MLflow write to the store that the suites have set, unless they are told of the server.
        mlflow.set_tracking_uri(self.url)
        return self.url

    def __exit__(self, *_error):
        return None


@contextlib.contextmanager
def _ours(*_args, **_more):
    yield _fresh_server()


def pytest_configure(config):
    from tests.tracking import integration_test_utils

    integration_test_utils.ServerThread = _Ours
    integration_test_utils._init_server = _ours
    # The suites open MLflow's own stores for the server that they would start.
    from mlflow.server import handlers

    handlers.initialize_backend_stores = lambda *_args, **_more: None


def pytest_collection_modifyitems(config, items):
    with open(os.environ["MILLRACE_SKIPS"], encoding="utf8") as file:
        skips = json.load(file)
    # One server keeps all: what the suites do with each store of MLflow's is done once.
    once = [item for item in items if not item.name.endswith("[file]") and "[file-" not in item.name]
    items[:] = once
    for item in items:
        name = f"{item.path.stem}::{item.originalname}"
        if name in skips:
            item.add_marker(pytest.mark.skip(reason=skips[name]))


def pytest_unconfigure(config):
    if _servers is not None:
        _servers.stdin.close()
        _servers.wait(timeout=30)
