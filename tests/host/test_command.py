"""`hermes telemetry ...` is the whole command line of the binary, in the host's process."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from harness.home import Home

MakeHome = Callable[[str], Home]


def test_flags_and_exit_codes_belong_to_us(make_home: MakeHome) -> None:
    home = make_home("plain")
    for arguments, code in [
        (("--help",), 0),
        (("runs", "--help"), 0),
        (("runs", "--json"), 0),
        (("runs", "--no-such-flag"), 2),
        (("no-such-command",), 2),
        (("show", "no-such-run"), 1),
    ]:
        in_host = home.hermes("telemetry", *arguments)
        assert in_host.returncode == code, (arguments, in_host)
        assert home.binary(*arguments).returncode == code, arguments
    assert "hermes telemetry" in home.hermes("telemetry", "runs", "--help").stdout


def test_reader_that_goes_away(make_home: MakeHome) -> None:
    """`true` is gone long before the host has started, so there is certainly nobody to read."""
    home = make_home("plain")
    hermes = shlex.quote(str(Path(sys.executable).parent / "hermes"))
    result = home.run("bash", "-c", f"set -o pipefail; {hermes} telemetry --help | true")
    assert (result.returncode, result.stderr) == (0, "")


def test_output_goes_where_python_sends_it(make_home: MakeHome) -> None:
    """Into a stream somebody put in place of `sys.stdout`, which has no bytes below its text."""
    home = make_home("plain")
    script = """
import contextlib, io
from hermes_telemetry_rs import _native
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
    codes = _native.run_cli(["--version"]), _native.run_cli(["no-such-command"])
print(codes, "telemetry" in out.getvalue(), "no-such-command" in err.getvalue())
"""
    result = home.python(script)
    assert (result.stdout, result.stderr) == ("(0, 2) True True\n", "")


def test_sql_asks_the_hosts_sessions_in_a_process_of_its_own(make_home: MakeHome) -> None:
    """Their file is the host's, and our SQLite never opens it inside the host."""
    home = make_home("plain")
    home.hermes("chat", "-Q", "-q", "Do it")
    query = "SELECT r.outcome, s.source FROM tel_runs AS r JOIN host.sessions AS s ON s.id = r.session_id"
    in_host = home.hermes("telemetry", "sql", query, "--csv")
    outside = home.binary("sql", query, "--csv")
    assert (in_host.returncode, in_host.stderr, in_host.stdout) == (0, "", outside.stdout)
    assert outside.stdout.splitlines() == ["outcome,source", "completed,cli"]
    refused = home.hermes("telemetry", "sql", "DELETE FROM host.sessions")
    assert (refused.returncode, refused.stdout) == (2, "")
    # Without a way to start another process, as in a host that knows none, it is said.
    script = f"""
from hermes_telemetry_rs import _native
print(_native.run_cli(["sql", {query!r}]))
"""
    alone = home.python(script)
    assert alone.stdout == "1\n"
    assert "`telemetry` binary" in alone.stderr
