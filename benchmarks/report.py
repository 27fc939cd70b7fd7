# SPDX-License-Identifier: BSL-1.0
"""What a row of the benchmarks is, how its figures are judged, and the forms in which they are told."""

import dataclasses
import json
import operator
import statistics

COMPARE = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


@dataclasses.dataclass
class Row:
    """One comparison. `pairs` are (ours, against) of runs that took turns; a row that only states a
    figure has no target. `target` is like ">= 0.95", of the ratio ours / against."""
    name: str
    case: str
    unit: str
    pairs: list
    target: str = None
    note: str = ""

    @property
    def ours(self):
        return statistics.median(ours for ours, _ in self.pairs)

    @property
    def against(self):
        known = [against for _, against in self.pairs if against is not None]
        return statistics.median(known) if known else None

    @property
    def ratios(self):
        return sorted(ours / against for ours, against in self.pairs if against)

    @property
    def ratio(self):
        return statistics.median(self.ratios) if self.ratios else None

    @property
    def met(self):
        """Whether the median meets the target; None where there is none."""
        if self.target is None or self.ratio is None:
            return None
        sign, limit = self.target.split()
        return COMPARE[sign](self.ratio, float(limit))

    @property
    def undecided(self):
        """Whether some of the runs met the target and some did not."""
        if self.met is None:
            return False
        sign, limit = self.target.split()
        return len({COMPARE[sign](ratio, float(limit)) for ratio in self.ratios}) == 2

    def verdict(self):
        if self.met is None:
            return "stated"
        return ("met" if self.met else "missed") + (", undecided" if self.undecided else "")


def to_json(rows):
    """{"results": [{name, case, ours, against, ratio, target, met}], "all_targets_met"}."""
    results = [{"name": row.name, "case": row.case, "ours": row.ours, "against": row.against,
                "ratio": row.ratio, "target": row.target, "met": row.met} for row in rows]
    return {"results": results,
            "all_targets_met": all(row.met for row in rows if row.met is not None)}


def write_json(rows, file):
    with open(file, "w", encoding="utf-8") as out:
        json.dump(to_json(rows), out, indent=1)
        out.write("\n")


def figure(value):
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.3g}"


def spread(row):
    if len(row.ratios) < 2:
        return "-"
    return f"{row.ratios[0]:.2f} to {row.ratios[-1]:.2f}"


def cells(row):
    return [row.name, row.case, f"{figure(row.ours)} {row.unit}",
            f"{figure(row.against)}" if row.against is not None else "-",
            f"{row.ratio:.2f}" if row.ratio is not None else "-", spread(row), str(len(row.pairs)),
            row.target or "-", row.verdict()]


HEAD = ["name", "case", "ours", "against", "ratio", "spread", "runs", "target", "verdict"]


def table(rows):
    """A table in Markdown, its columns aligned so that it can be read as it is."""
    lines = [HEAD, *map(cells, rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEAD))]

    def show(line):
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |"

    notes = [f"{row.name}, {row.case}: {row.note}" for row in rows if row.note]
    return "\n".join([show(lines[0]), "|" + "|".join("-" * (width + 2) for width in widths) + "|",
                      *map(show, lines[1:])] + (["", *notes] if notes else []))


def into_page(page, marker, text):
    """Replaces what stands between `<!-- marker -->` and `<!-- /marker -->` in a page."""
    whole = page.read_text(encoding="utf-8")
    begin, end = f"<!-- {marker} -->\n", f"<!-- /{marker} -->"
    if begin not in whole or end not in whole:
        raise ValueError(f"{page}: no markers {marker}")
    head, rest = whole.split(begin, 1)
    tail = rest.split(end, 1)[1]
    page.write_text(head + begin + text + "\n" + end + tail, encoding="utf-8")


def curve(title, xs, series, label):
    """An SVG of one measure over sizes: `series` is {name: [y, ...]}, sizes are spaced evenly."""
    width, height, left, bottom, top = 640, 300, 70, 60, 30
    most = max(max(ys) for ys in series.values()) * 1.2 or 1
    colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd"]

    def at(n, y):
        x = left + (width - left - 20) * (n / max(len(xs) - 1, 1))
        return f"{x:.0f},{height - bottom - (height - bottom - top) * y / most:.0f}"

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
             f'font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>',
             f'<text x="{left}" y="18" font-size="14">{title}</text>']
    for step in range(5):
        y = most * step / 4
        line = at(0, y).split(",")[1]
        parts.append(f'<path d="M{left},{line} H{width - 20}" stroke="#ddd"/>'
                     f'<text x="{left - 6}" y="{line}" text-anchor="end">{figure(y)}</text>')
    for n, x in enumerate(xs):
        place = at(n, 0).split(",")
        parts.append(f'<text x="{place[0]}" y="{int(place[1]) + 16}" text-anchor="middle">{x}</text>')
    for colour, (name, ys) in zip(colours, series.items()):
        points = " ".join(at(n, y) for n, y in enumerate(ys))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for point in points.split():
            cx, cy = point.split(",")
            parts.append(f'<circle cx="{cx}" cy="{cy}" r="3" fill="{colour}"/>')
    legend = "   ".join(series)
    parts.append(f'<text x="{left}" y="{height - 12}">{label}: {legend}</text></svg>')
    return "\n".join(parts) + "\n"
