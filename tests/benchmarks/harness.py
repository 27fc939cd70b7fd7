#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks benchmarks/run without running a benchmark: its arguments, how figures are judged, the shape
of its JSON, and that every name has its tables in docs/benchmarks.md."""

import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(sys.argv[1]).resolve()
sys.path.insert(0, str(ROOT / "benchmarks"))
import report  # noqa: E402
import server  # noqa: E402
import shop  # noqa: E402
import suite  # noqa: E402


def rows():
    return [
        report.Row("confirm", "met", "/s", [(98, 100), (99, 100), (97, 100)], ">= 0.95"),
        report.Row("confirm", "missed", "/s", [(50, 100), (60, 100), (55, 100)], ">= 0.95"),
        report.Row("growth", "undecided", "ms", [(1.2, 1), (1.29, 1), (1.5, 1)], "<= 1.3"),
        report.Row("latency", "nothing beside it", "ms", [(3, None), (4, None), (5, None)]),
    ]


def figures_are_judged_by_the_median_of_the_ratios():
    met, missed, undecided, stated = rows()
    assert met.met is True and met.verdict() == "met" and met.ratio == 0.98
    assert missed.met is False and missed.verdict() == "missed"
    assert undecided.met is True and undecided.verdict() == "met, undecided"
    assert stated.met is None and stated.ratio is None and stated.verdict() == "stated"


def json_has_the_promised_shape():
    told = report.to_json(rows())
    assert set(told) == {"results", "all_targets_met"} and told["all_targets_met"] is False
    for result in told["results"]:
        assert set(result) == {"name", "case", "ours", "against", "ratio", "target", "met"}, result
    assert report.to_json([rows()[0], rows()[3]])["all_targets_met"] is True
    with tempfile.NamedTemporaryFile("r+", suffix=".json") as file:
        report.write_json(rows(), file.name)
        assert json.load(file) == told


def the_table_goes_between_its_markers():
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "page.md"
        page.write_text("a\n<!-- fair -->\nold\n<!-- /fair -->\nb\n")
        report.into_page(page, "fair", report.table(rows()))
        text = page.read_text()
        assert text.startswith("a\n<!-- fair -->\n| name") and text.endswith("<!-- /fair -->\nb\n")
        assert "old" not in text and text.count("undecided") == 2
        try:
            report.into_page(page, "wal", "x")
        except ValueError as wrong:
            assert "wal" in str(wrong)
        else:
            raise AssertionError("a page without the marker was accepted")


def arguments_are_checked():
    given = suite.arguments(["--quick", "--json", "f", "wal", "fair"])
    assert given.quick and given.json == "f" and given.names == ["wal", "fair"]
    with contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            suite.arguments(["no_such_row"])
        except SystemExit as end:
            assert end.code == 2 and "no_such_row" in said.getvalue()
        else:
            raise AssertionError("an unknown name was accepted")


def every_name_has_a_row_and_a_place_in_docs():
    assert set(suite.NAMES) == set(suite.ROWS), set(suite.NAMES) ^ set(suite.ROWS)
    page = suite.PAGE.read_text(encoding="utf-8")
    for name in suite.NAMES:
        assert f"<!-- {name} -->\n" in page and f"<!-- /{name} -->" in page, name
    told = subprocess.run([ROOT / "benchmarks" / "run", "--list"], text=True, check=True,
                          capture_output=True)
    assert told.stdout.split() == list(suite.NAMES)


def unequal_work_is_refused():
    shop.same_writes("x", {"hold": (12, 0, 0), "project": (0.4, 0.6, 0)},
                              {"hold": (12, 0, 0), "project": (0.1, 0.9, 0)})
    try:
        shop.same_writes("x", {"hold": (12, 0, 0)}, {"hold": (11, 0, 0)})
    except server.Failed:
        return
    raise AssertionError("one row less was accepted")


def main():
    for check in (figures_are_judged_by_the_median_of_the_ratios, json_has_the_promised_shape,
                  the_table_goes_between_its_markers, arguments_are_checked,
                  every_name_has_a_row_and_a_place_in_docs, unequal_work_is_refused):
        check()
        print(check.__name__.replace("_", " "))
    return 0


if __name__ == "__main__":
    sys.exit(main())
