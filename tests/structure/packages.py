#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What .ci/packages.sh runs, with a machine played by small scripts: nothing is installed."""

import pathlib
import subprocess
import sys
import tempfile


def play(root, user, commands, wanted, apt_fails=False):
    """(exit status, what apt-get was called with, what was said) on a machine with these commands."""
    with tempfile.TemporaryDirectory() as folder:
        machine = pathlib.Path(folder)
        log = machine / "log"
        scripts = {
            "id": f"echo {user}",
            "env": 'while case $1 in *=*) ;; *) false ;; esac; do shift; done; exec "$@"',
            "apt-get": f'echo "$@" >> {log}; exit {int(apt_fails)}',
            "sudo": f'echo "sudo $1" >> {log}; [ "$1" != -n ] || shift; exec "$@"',
            "present": "exit 0",
        }
        for name in ("id", "env", "present", *commands):
            script = machine / name
            script.write_text(f"#!/bin/sh\n{scripts[name]}\n")
            script.chmod(0o755)
        done = subprocess.run(
            ["/bin/bash", "-c", f'. "$1"; PATH={machine}; shift; install_missing "$@"', "bash",
             f"{root}/.ci/packages.sh", *wanted],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert done.stdout == "", f"stdout belongs to the program: {done.stdout}"
        calls = log.read_text().splitlines() if log.exists() else []
        return done.returncode, calls, done.stderr


def main():
    root = sys.argv[1]
    here, gone = ["present=a", "/bin/*sh=b"], ["absent=c", "/no/such/file*=d"]
    update, install = "update -qq", "install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends c d"

    # Everything is there: nothing is run and nothing is said.
    assert play(root, 1000, [], here) == (0, [], "")
    # Root installs what is missing and nothing else, and says so.
    status, calls, said = play(root, 0, ["apt-get"], here + gone)
    assert (status, calls) == (0, [update, install]), calls
    assert said == "Installing with apt-get: c d\n", said
    # Another user goes through sudo, which must not ask where nobody can answer.
    status, calls, _ = play(root, 1000, ["apt-get", "sudo"], gone)
    assert (status, calls) == (0, ["sudo -n", update, "sudo -n", install]), calls
    # Without either the command to type is named.
    status, calls, said = play(root, 1000, ["apt-get"], gone)
    assert status == 1 and not calls and "apt-get install --no-install-recommends c d" in said
    # Not a Debian: the packages are named.
    status, calls, said = play(root, 0, [], gone)
    assert status == 1 and not calls and "not Debian" in said and "c d" in said
    # A failing apt-get is a failure, and is not tried further.
    status, calls, _ = play(root, 0, ["apt-get"], gone, apt_fails=True)
    assert status != 0 and calls == [update], (status, calls)
    print("installs what is missing and nothing else")


if __name__ == "__main__":
    main()
