#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Builds and runs a host program against tollgate, the way hosts do, in a folder of its own."""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Libraries that a host without a database must not be asked for.
DATABASES = ("sqlite", "libpq", "-lpq", "postgres")


def run(*command, fails=False):
    """What the command said; it must succeed, or fail where that is what is tested."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if (done.returncode != 0) != fails:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stdout}")
    return done.stdout


class Host:
    def __init__(self, options, folder):
        self.options = options
        self.folder = pathlib.Path(folder)
        self.build = self.folder / "build"

    def prefix(self):
        """An installed package, moved after the installation: it must not know where it was."""
        first, second = self.folder / "first", self.folder / "second"
        run(self.options.cmake, "--install", self.options.build, "--prefix", first)
        shutil.move(first, second)
        for path in second.rglob("*.cmake"):
            for place in (str(first), self.options.source + "/"):
                assert place not in path.read_text(), f"{path.name} names {place}"
        return second

    def configure(self, *arguments, fails=False):
        return run(self.options.cmake, "-S", HERE / "consumer", "-B", self.build, "-G", "Ninja",
                   f"-DCMAKE_CXX_COMPILER={self.options.compiler}",
                   f"-DCMAKE_CXX_FLAGS={self.options.flags}", *arguments, fails=fails)

    def build_and_run(self):
        """The program builds, runs, and is linked to no database."""
        run(self.options.cmake, "--build", self.build)
        commands = run("ninja", "-C", self.build, "-t", "commands", "consumer")
        needed = run("readelf", "-d", self.build / "consumer")
        for name in DATABASES:
            assert name not in commands, f"{name} among the commands:\n{commands}"
            assert name not in needed, f"{name} among the libraries:\n{needed}"
        print(run(self.build / "consumer"), end="")


def without(*packages):
    return [f"-DCMAKE_DISABLE_FIND_PACKAGE_{package}=ON" for package in packages]


# What a host does not need unless it asks: it is hidden from the two hosts that do not ask.
NOT_NEEDED = without("Boost", "nlohmann_json", "Catch2", "rapidcheck", "SQLite3", "PostgreSQL")


def installed(host):
    host.configure(f"-DCMAKE_PREFIX_PATH={host.prefix()}", *NOT_NEEDED)
    host.build_and_run()


def subdirectory(host):
    host.configure(f"-DTOLLGATE_SOURCE={host.options.source}", *NOT_NEEDED)
    cache = (host.build / "CMakeCache.txt").read_text()
    for option in ("BUILD_TESTS", "BUILD_BENCHMARKS", "BUILD_EXAMPLES", "INSTALL"):
        assert f"TOLLGATE_{option}:BOOL=OFF" in cache, f"TOLLGATE_{option} is on for a host"
    host.build_and_run()


def optional_component(host):
    prefix = f"-DCMAKE_PREFIX_PATH={host.prefix()}"
    host.configure(prefix, "-Dwanted=json;wide", "-Dprogram=components.cpp")
    host.build_and_run()
    shutil.rmtree(host.build)
    said = host.configure(prefix, "-Dwanted=json", *without("nlohmann_json"), fails=True)
    assert 'component "json" of tollgate needs nlohmann_json' in said, said


def unknown_component(host):
    said = host.configure(f"-DCMAKE_PREFIX_PATH={host.prefix()}", "-Dwanted=oracle", fails=True)
    assert 'tollgate has no component "oracle"; it has: json, wide, sqlite, postgres' in said, said


def other_version(host):
    said = host.configure(f"-DCMAKE_PREFIX_PATH={host.prefix()}", "-Dversion=99.0", fails=True)
    assert "compatible with requested version" in said, said


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("test")
    for option in ("--cmake", "--source", "--build", "--compiler", "--flags"):
        parser.add_argument(option, required=True)
    options = parser.parse_args()
    tests = {test.__name__: test for test in (
        installed, subdirectory, optional_component, unknown_component, other_version)}
    with tempfile.TemporaryDirectory() as folder:
        tests[options.test](Host(options, folder))


if __name__ == "__main__":
    main()
