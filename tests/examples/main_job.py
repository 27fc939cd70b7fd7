#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs the main job as a person would and looks at what it says.

usage: main_job.py good|bad PROGRAM DATA
"""
import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile
from decimal import Decimal

import jsonschema

PART, PROGRAM, DATA = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
SCENE = json.loads((DATA / "scene.json").read_text())
SCHEMA = json.loads((DATA / "main_job.schema.json").read_text())
PAGE = (DATA.parent.parent / "docs" / "video.md").read_text()
failures = []
checks = 0


def expect(condition, what):
    global checks
    checks += 1
    if not condition:
        failures.append(what)


def run(text, *options):
    """Runs the program on a file with this text (bytes, str or something for JSON)."""
    if not isinstance(text, (str, bytes)):
        text = json.dumps(text)
    if isinstance(text, str):
        text = text.encode()
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(text)
        file.flush()
        return subprocess.run([PROGRAM, *options, file.name], capture_output=True, timeout=120,
                              stdin=subprocess.DEVNULL)


def with_change(pointer, value):
    """The good scene with one member replaced; DELETE removes it."""
    scene = copy.deepcopy(SCENE)
    *path, last = [int(p) if p.isdigit() else p for p in pointer.strip("/").split("/")]
    place = scene
    for step in path:
        place = place[step]
    if value is DELETE:
        del place[last]
    else:
        place[last] = value
    return scene


DELETE = object()
SHOT = "/scene/shots/1"
HUGE = "1" * 5000

# (pointer to change, value, pointer the error must name: None for the same)
BAD = [
    ("/account", None, None),
    ("/account", DELETE, None),
    ("/account/id", "not-a-uuid", None),
    ("/account/id", "00000000-0000-0000-0000-000000000000", None),
    ("/account/credits", "-1.0000", None),
    ("/account/credits", "NaN", None),
    ("/account/credits", "nan", None),
    ("/account/credits", "Infinity", None),
    ("/account/credits", "1e3", None),
    ("/account/credits", "0x10", None),
    ("/account/credits", "0.00001", None),
    ("/account/credits", "12,5", None),
    ("/account/credits", " 1", None),
    ("/account/credits", "", None),
    ("/account/credits", ".", None),
    ("/account/credits", "100000000.0000", None),
    ("/account/credits", HUGE, None),
    ("/account/credits", 100, None),
    ("/account/credits", 1.5, None),
    ("/account/lowCreditThreshold", "ten", None),
    ("/account/lowCreditThreshold", "-0.0001", None),
    ("/account/currency", "USD", None),
    ("/projectId", DELETE, None),
    ("/branchId", 7, None),
    ("/variant", "veo_9", None),
    ("/variant", "", None),
    ("/variant", ["veo_3_1_fast"], None),
    ("/previousGenerations", {}, None),
    ("/previousGenerations/0/cost", "-3", None),
    ("/previousGenerations/0/cost", "1.00005", None),
    ("/previousGenerations/1/extra", 1, None),
    ("/scene", None, None),
    ("/scene", DELETE, None),
    ("/scene", [], None),
    ("/scene/id", DELETE, None),
    ("/scene/name", None, None),
    ("/scene/priorScene", "none", None),
    ("/scene/priorScene/endFrame", None, None),
    ("/scene/priorScene/endFrame/url", 5, None),
    ("/scene/shots", None, None),
    ("/scene/shots", DELETE, None),
    ("/scene/shots", [], None),
    ("/scene/shots", [1], "/scene/shots/0"),
    (SHOT + "/shotId", "S1", None),
    (SHOT + "/shotId", "", None),
    (SHOT + "/shotUuid", SCENE["scene"]["shots"][0]["shotUuid"], None),
    (SHOT + "/durationSeconds", "0", None),
    (SHOT + "/durationSeconds", "0.000", None),
    (SHOT + "/durationSeconds", "-4", None),
    (SHOT + "/durationSeconds", "60.001", None),
    (SHOT + "/durationSeconds", "4.0005", None),
    (SHOT + "/durationSeconds", "NaN", None),
    (SHOT + "/durationSeconds", 4, None),
    (SHOT + "/durationSeconds", HUGE, None),
    (SHOT + "/requiresEndFrame", "yes", None),
    (SHOT + "/requiresEndFrame", None, None),
    (SHOT + "/framePrompt", DELETE, None),
    (SHOT + "/videoPrompt", 1, None),
    (SHOT + "/imageCost", "-0.0001", None),
    (SHOT + "/imageCost", "1e-3", None),
    (SHOT + "/startFrame", None, None),
    (SHOT + "/startFrame", DELETE, None),
    (SHOT + "/startFrame/status", "lost", None),
    (SHOT + "/startFrame/id", "", None),
    (SHOT + "/endFrame", {}, SHOT + "/endFrame/id"),
    (SHOT + "/colour", "red", None),
    ("/surprise~/x", 1, "/surprise~0~1x"),
]

RAW = [
    ("nothing", b""),
    ("only space", b"   \n"),
    ("half a file", json.dumps(SCENE)[:400].encode()),
    ("not UTF-8", b'{"account": "\xff\xfe"}'),
    ("a repeated member", json.dumps(SCENE)[:-1].encode() + b', "variant": "veo_3_1_fast"}'),
    ("a bare word", b"scene"),
    ("an array", b"[]"),
    ("a number", b"12"),
    ("null", b"null"),
    ("a bare NaN", b'{"account": NaN}'),
    ("deeply nested", b"[" * 200_000),
    ("deeply nested objects", b'{"a":' * 100_000),
    ("zero bytes", b"\x00" * 64),
]


def expect_refused_input(name, done, pointer=None):
    error = done.stderr.decode(errors="replace")
    expect(done.returncode == 2, f"{name}: exit status {done.returncode}, wanted 2: {error[:200]}")
    expect(done.stdout == b"", f"{name}: wrote to stdout: {done.stdout[:100]!r}")
    expect(error.count("\n") == 1 and error.endswith("\n"), f"{name}: not one line: {error[:300]!r}")
    expect(len(error) < 1000, f"{name}: {len(error)} bytes of message")
    if pointer is not None:
        expect(pointer in error, f"{name}: does not name {pointer}: {error[:200]!r}")


def bad_input():
    for pointer, value, names in BAD:
        shown = "deleted" if value is DELETE else repr(value)[:40]
        if pointer == "/surprise~/x":
            scene = copy.deepcopy(SCENE)
            scene["surprise~/x"] = value
        else:
            scene = with_change(pointer, value)
        for options in ([], ["--json"]):
            expect_refused_input(f"{pointer} = {shown}", run(scene, *options), names or pointer)
    for name, text in RAW:
        expect_refused_input(name, run(text))
    missing = subprocess.run([PROGRAM, "/nowhere/scene.json"], capture_output=True, timeout=60)
    expect_refused_input("a missing file", missing, "/nowhere/scene.json")
    folder = subprocess.run([PROGRAM, str(DATA)], capture_output=True, timeout=60)
    expect_refused_input("a folder", folder)
    option = subprocess.run([PROGRAM, "--jsno", str(DATA / "scene.json")], capture_output=True,
                            timeout=60)
    expect_refused_input("an unknown option", option, "--jsno")
    # Every prefix-cut and every single-byte damage of a good file must be survived.
    text = json.dumps(SCENE).encode()
    for at in range(0, len(text), 97):
        damaged = text[:at] + bytes([text[at] ^ 0x15]) + text[at + 1:]
        done = run(damaged, "--json")
        expect(done.returncode in (0, 2, 3), f"byte {at} damaged: exit status {done.returncode}")


def validate(output, name):
    validator = jsonschema.Draft202012Validator({**SCHEMA, "$ref": "#/$defs/output"})
    for error in validator.iter_errors(output):
        failures.append(f"{name}: /{'/'.join(map(str, error.path))}: {error.message[:200]}")


def report_of(scene, name, status=0):
    done = run(scene, "--json")
    expect(done.returncode == status,
           f"{name}: exit status {done.returncode}: {done.stderr.decode()[:300]}")
    output = json.loads(done.stdout)
    validate(output, name)
    return output


def check_money(scene, output, name):
    """The arithmetic of a report, done again with decimals."""
    review, rates = output["review"], {"Fast": Decimal("0.15"), "Standard": Decimal("0.40")}
    for variant, rate in rates.items():
        total = Decimal(0)
        for shot, given in zip(review["shots"], scene["scene"]["shots"]):
            video = (Decimal(given["durationSeconds"]) * rate).quantize(Decimal("0.0001"),
                                                                       "ROUND_HALF_UP")
            expect(Decimal(shot["videoCost" + variant]) == video, f"{name}: {shot['shotId']} costs")
            total += video + Decimal(given["imageCost"])
        expect(Decimal(review["sceneTotalCost" + variant]) == total, f"{name}: total {variant}")
    charged = sum(Decimal(j["actualCost"] or 0) for j in output["jobs"])
    start = Decimal(scene["account"]["credits"])
    ledger = output["ledger"]
    expect(Decimal(ledger["available"]) + Decimal(ledger["held"]) == start - charged,
           f"{name}: {start} credits less {charged} charged are not {ledger}")
    expect(ledger["verified"] is True, f"{name}: the books do not verify")
    if "orderId" in output["receipt"]:
        held = sum(Decimal(j["estimatedCost"]) for j in output["jobs"])
        expect(Decimal(output["receipt"]["heldAmount"]) == held, f"{name}: held")
        expect(output["receipt"]["jobIds"] == [j["id"] for j in output["jobs"]],
               f"{name}: job ids")
        expect(all(j["status"] in ("completed", "failed", "cancelled") for j in output["jobs"]),
               f"{name}: every job ends")
        expect(Decimal(ledger["held"]) == 0, f"{name}: nothing stays held")


def documented(part, place):
    """Every member that the schema knows is named in docs/video.md, by place or by name."""
    if "$ref" in part:
        part = SCHEMA["$defs"][part["$ref"].rsplit("/", 1)[1]]
    for choice in part.get("anyOf", []):
        documented(choice, place)
    for name, member in part.get("properties", {}).items():
        inside = f"{place}/{name}"
        by_name = re.search(rf"^\| `{place}` \|.*`{name}`", PAGE, re.MULTILINE)
        parent = any(key in json.dumps(member) for key in ("properties", "#/$defs/frame"))
        expect(by_name or f"`{inside}`" in PAGE or (parent and f"`{inside}/" in PAGE),
               f"docs/video.md does not name {inside}")
        documented(member, inside)
    if "items" in part:
        documented(part["items"], place + "/0")


def good_input():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator({**SCHEMA, "$ref": "#/$defs/input"}).validate(SCENE)
    expect(True, "the scene is what the schema says")

    printed = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    expect(len(printed) == 1, f"docs/video.md prints one scene file: {len(printed)}")
    printed = json.loads(printed[0])
    jsonschema.Draft202012Validator({**SCHEMA, "$ref": "#/$defs/input"}).validate(printed)
    check_money(printed, report_of(printed, "the scene of docs/video.md"), "docs/video.md")
    documented(SCHEMA["$defs"]["input"], "")

    output = report_of(SCENE, "the scene")
    check_money(SCENE, output, "the scene")
    states = [j["status"] for j in output["jobs"]]
    expect("completed" in states and states.count("failed") == 1, f"one permanent failure: {states}")
    expect(any(j["attemptCount"] > 1 and j["status"] == "completed" for j in output["jobs"]),
           "a retry that went well")
    failed = [j for j in output["jobs"] if j["status"] == "failed"]
    expect(failed and failed[0]["error"] and Decimal(failed[0]["actualCost"]) == 0,
           "a failure says why and costs nothing")
    review = output["review"]
    expect(review["projectRunningTotal"] == "5.6000", "the running total is what was imported")
    expect(review["isLowCredit"] is False, "not low yet")
    expect(review["warnings"]["priorSceneMismatch"] is True, "the prior scene does not match")
    expect({"shotId": "S1", "frameType": "end"} in review["warnings"]["unapprovedFrames"],
           "S1's end frame is not approved")
    codes = {w["code"] for w in review["warnings"]["other"]}
    expect(len(codes) >= 3, f"missing prompt, missing end frame, unlisted duration: {codes}")

    again = report_of(SCENE, "again")
    expect(again["review"] == review, "the same scene reviews the same, fingerprint included")

    standard = report_of(with_change("/variant", "veo_3_1_standard"), "standard")
    check_money(with_change("/variant", "veo_3_1_standard"), standard, "standard")
    expect(standard["review"]["fingerprint"] != review["fingerprint"], "a price lock per variant")

    for name, scene in {
        "no variant": with_change("/variant", DELETE),
        "null variant": with_change("/variant", None),
        "no prior scene": with_change("/scene/priorScene", DELETE),
        "null prior scene": with_change("/scene/priorScene", None),
        "no generations": with_change("/previousGenerations", None),
        "plus sign and surplus zeros": with_change("/account/credits", "+100.000000"),
        "the longest shot": with_change(SHOT + "/durationSeconds", "60"),
        "the shortest shot": with_change(SHOT + "/durationSeconds", "0.001"),
    }.items():
        check_money(scene, report_of(scene, name), name)

    poor = with_change("/account/credits", "1.0000")
    refused = report_of(poor, "too poor", 3)
    why = refused["receipt"]["refused"]
    expect(why["code"] == "insufficient_credits" and why["available"] == "1.0000", f"poor: {why}")
    expect(refused["jobs"] == [], "a refusal queues nothing")
    expect(refused["ledger"]["held"] == "0.0000" and refused["ledger"]["verified"],
           "a refusal holds nothing")
    expect(refused["review"]["isLowCredit"] is True, "one credit is low")

    exact = Decimal(output["receipt"]["heldAmount"])
    just = with_change("/account/credits", f"{exact:f}")
    report_of(just, "exactly enough")
    short = with_change("/account/credits", f"{exact - Decimal('0.0001'):f}")
    report_of(short, "one unit short", 3)

    text = run(SCENE)
    shown = text.stdout.decode()
    expect(text.returncode == 0, f"text: exit status {text.returncode}")
    for words in ("S1", "veo_3_1_fast", "veo_3_1_standard", "5.6000", "completed", "failed",
                  "Balance", "Threshold"):
        expect(words.lower() in shown.lower(), f"the text shows {words}")
    expect("\x1b" not in shown, "no escape codes where there is no terminal")
    refused_text = run(poor)
    expect(refused_text.returncode == 3, "text: a refusal exits with 3")
    expect(re.search(r"insufficient_credits", refused_text.stdout.decode() +
                     refused_text.stderr.decode()), "text: a refusal says why")


{"good": good_input, "bad": bad_input}[PART]()
for failure in failures:
    print("FAILED:", failure)
print(f"{checks - len(failures)} of {checks} checks hold")
sys.exit(1 if failures else 0)
