#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A second pricer, slow and independent: fractions, written from the rules in docs/pricing.md and not
from the headers. Random cards over every charge model and random requests are priced by both, random
amounts are split by weights and spent at a price.

prices.py PROGRAM [--requests N] [--seed S]
"""

import argparse
import functools
import json
import os
import queue
import random
import subprocess
import sys
import threading
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

MODES = ("half_away", "half_even", "half_down", "up", "down", "floor", "ceiling")
MODELS = ("flat", "per_unit", "package", "graduated", "volume", "percentage_of", "not_offered")


# --- the rules ------------------------------------------------------------------------------------

def rounded(value, mode, units=10_000):
    """A value as whole units of 1/units."""
    exact = value * units
    low = floor(exact)
    rest = exact - low
    if rest == 0:
        return low
    towards_zero = low if exact > 0 else low + 1
    away = low + 1 if exact > 0 else low
    if mode in ("half_away", "half_even", "half_down") and rest != Fraction(1, 2):
        return low + (rest > Fraction(1, 2))
    return {"half_away": away, "half_down": towards_zero, "half_even": low + low % 2,
            "up": away, "down": towards_zero, "floor": low, "ceiling": low + 1}[mode]


# Cards say the same few numbers again and again, and reading one costs more than using it.
number = functools.lru_cache(maxsize=4_096)(Fraction)


class Refused(Exception):
    pass


class Card:
    def __init__(self, card):
        self.card = card
        self.measures = {m["name"]: m for m in card["measures"]}
        self.components = card["components"]
        self.used = set()  # charge models that priced something

    def rate_of(self, component, variant, item):
        """The row with the most selectors among those that apply."""
        place = {d["name"]: item["values"].get(d["name"], d["values"][0])
                 for d in self.card["dimensions"]}
        place["variant"] = variant
        best = None
        for index, rate in enumerate(self.card["rates"]):
            where = rate.get("where", {})
            if rate["component"] != component["name"]:
                continue
            if any(place[name] != value for name, value in where.items()):
                continue
            if best is None or len(where) > len(self.card["rates"][best].get("where", {})):
                best = index
        return best

    def factors(self, component):
        measure = self.measures[component["measure"]]
        return measure.get("productOf", [measure["name"]])

    def stated(self, component, item):
        return "measure" not in component or all(
            f in item["quantities"] for f in self.factors(component))

    def raw(self, component, item):
        """Step "measure", in thousandths."""
        product = number("1")
        for factor in self.factors(component):
            product *= number(item["quantities"][factor])
        divided = product / self.measures[component["measure"]].get("dividedBy", 1)
        return ceil(divided * 1000)

    def within(self, component, thousandths):
        if thousandths > number(self.measures[component["measure"]]["maximum"]) * 1000:
            raise Refused("invalid_argument")

    def price(self, rate, thousandths, base):
        """Every step after "measure": what is billed in thousandths, and the price in units."""
        charge = rate["charge"]
        quantity = Fraction(thousandths, 1000)
        if "step" in charge:
            step = number(charge["step"])
            quantity = ceil(quantity / step) * step
        if "minimum" in charge:
            quantity = max(quantity, number(charge["minimum"]))
        billed = quantity
        if "included" in charge:
            billed = max(quantity - number(charge["included"]), Fraction(0))
        model = charge["model"]
        self.used.add(model["type"])
        money = self.modelled(model, billed, base)
        if "multiplier" in charge:
            money *= number(charge["multiplier"])
        if "multiplier" in self.card and model["type"] != "percentage_of":
            money *= number(self.card["multiplier"])
        if "discount" in charge:
            money *= 1 - number(charge["discount"])
        if "atLeast" in charge:
            money = max(money, number(charge["atLeast"]))
        if "atMost" in charge:
            money = min(money, number(charge["atMost"]))
        return int(billed * 1000), rounded(money, self.card.get("rounding", "half_away"))

    @staticmethod
    def modelled(model, billed, base):
        kind = model["type"]
        if kind == "flat":
            return number(model["price"])
        if kind == "percentage_of":
            return number(model["share"]) * Fraction(base, 10_000)
        if kind in ("per_unit", "package"):
            count = billed / number(model.get("per", "1"))
            return number(model["price"]) * (ceil(count) if kind == "package" else count)
        money, begin = Fraction(0), Fraction(0)
        for tier in model["tiers"]:
            if billed <= begin:
                break
            end = number(tier["upTo"]) if "upTo" in tier else billed
            each = number(tier.get("price", "0")) / number(tier.get("per", "1"))
            once = number(tier.get("once", "0"))
            if kind == "graduated":
                money += once + each * (min(billed, end) - begin)
            elif billed <= end:
                money = once + each * billed
            begin = end
        return money

    def lines(self, variant, items):
        """The lines of a variant, or None where it is not offered."""
        found = []

        def base_of(rate, item):
            of = rate["charge"]["model"].get("of")
            return sum(price for i, c, _, _, _, price in found
                       if self.components[c]["name"] == of and (item is None or i == item))

        for i, item in enumerate(items):
            for c, component in enumerate(self.components):
                if component.get("scope") == "request" or not self.stated(component, item):
                    continue
                index = self.rate_of(component, variant, item)
                rate = self.card["rates"][index]
                if rate["charge"]["model"]["type"] == "not_offered":
                    return None
                raw = 0
                if "measure" in component:
                    raw = self.raw(component, item)
                    self.within(component, raw)
                billed, price = self.price(rate, raw, base_of(rate, i))
                found.append((i, c, index, raw, billed if "measure" in component else 0, price))
        for c, component in enumerate(self.components):
            if component.get("scope") != "request":
                continue
            sums = {}
            offered = True
            for item in items:
                if not self.stated(component, item):
                    continue
                index = self.rate_of(component, variant, item)
                sums.setdefault(index, 0)
                if "measure" in component:
                    sums[index] += self.raw(component, item)
                    self.within(component, sums[index])
            for index, raw in sums.items():
                rate = self.card["rates"][index]
                if rate["charge"]["model"]["type"] == "not_offered":
                    offered = False
                    continue
                billed, price = self.price(rate, raw, base_of(rate, None))
                found.append((-1, c, index, raw, billed if "measure" in component else 0, price))
            if not offered:
                return None
        return found

    def quote(self, items):
        """What the program must answer."""
        unlisted = 0
        for item in items:
            for name, measure in self.measures.items():
                if "productOf" in measure or name not in item["quantities"]:
                    continue
                quantity = number(item["quantities"][name])
                if quantity > number(measure["maximum"]):
                    return {"error": "invalid_argument"}
                listed = measure.get("listed")
                if listed and quantity not in [number(q) for q in listed]:
                    unlisted += 1
                    if measure.get("unlisted") == "refuse":
                        return {"error": "invalid_argument"}
        variants = []
        try:
            for variant in self.card["variants"]:
                lines = self.lines(variant, items)
                if lines is None:
                    variants.append({"offered": False, "lines": []})
                    continue
                shown = [[*line[:5], money(line[5])] for line in lines]
                variants.append({"offered": True, "lines": shown,
                                 "total": money(sum(line[5] for line in lines))})
        except Refused as why:
            return {"error": str(why)}
        return {"unlisted": unlisted, "variants": variants}


def money(units):
    return f"{Decimal(units) / 10_000:.4f}"


def split(total, weights):
    """Largest remainder; among equal ones the earlier part gets the unit."""
    units = int(Decimal(total) * 10_000)
    if sum(weights) == 0:
        return None
    exact = [Fraction(abs(units) * weight, sum(weights)) for weight in weights]
    parts = [floor(share) for share in exact]
    order = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in order[:abs(units) - sum(parts)]:
        parts[n] += 1
    return [money(part if units >= 0 else -part) for part in parts]


def bought(balance, price, per, step):
    """So many whole steps, up to the 15 digits of a quantity."""
    most = 999_999_999_999_999
    of_step = Fraction(price) / Fraction(per) * Fraction(step)
    step = int(Fraction(step) * 1000)
    if Fraction(balance) <= 0:
        thousandths = 0
    elif of_step == 0:
        thousandths = most
    else:
        thousandths = min(floor(Fraction(balance) / of_step), most // step) * step
    return f"{Decimal(thousandths) / 1000:.3f}"


# --- random cards and requests --------------------------------------------------------------------

class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def decimal(self, most, places):
        places = self.random.randint(0, places)
        return str(Decimal(self.random.randint(0, most * 10 ** places)) / 10 ** places)

    def positive(self, most, places):
        while True:
            text = self.decimal(most, places)
            if Fraction(text) > 0:
                return text

    def some(self, share):
        return self.random.random() < share

    def fraction(self):
        return f"{self.random.randint(1, 9)}/{self.random.choice((1, 2, 3, 4, 7))}"

    def price(self):
        if self.some(0.3):
            return f"{self.random.randint(0, 99)}/{self.random.choice((3, 7, 11, 1000))}"
        return self.decimal(3, 5)

    def model(self, kind, component, earlier):
        per = {"per": self.positive(100, 3)} if self.some(0.5) else {}
        if kind == "flat":
            return {"type": kind, "price": self.price()}
        if kind in ("per_unit", "package"):
            return {"type": kind, "price": self.price(), **per}
        if kind == "percentage_of":
            return {"type": kind, "share": self.fraction(), "of": self.random.choice(earlier)}
        if kind == "not_offered":
            return {"type": kind}
        ends = sorted({self.positive(40, 1) for _ in range(self.random.randint(1, 3))},
                      key=Fraction)
        tiers = []
        for end in [*ends, None]:
            tier = {} if end is None else {"upTo": end}
            if self.some(0.9):
                tier |= {"price": self.price(), **per}
            if self.some(0.4):
                tier["once"] = self.price()
            tiers.append(tier)
        return {"type": kind, "tiers": tiers}

    def charge(self, component, earlier):
        kinds = ["flat", "not_offered"]
        if "measure" in component:
            kinds += ["per_unit", "package", "graduated", "volume"] * 4
        elif earlier:
            kinds += ["percentage_of"] * 4
        kind = self.random.choice(kinds)
        if kind == "not_offered" and self.some(0.7):
            kind = "flat"
        charge = {"model": self.model(kind, component, earlier)}
        if "measure" in component and kind != "not_offered":
            if self.some(0.4):
                charge["step"] = self.positive(5, 3)
            if self.some(0.3):
                charge["minimum"] = self.decimal(6, 3)
            if self.some(0.3):
                charge["included"] = self.decimal(4, 3)
        if kind != "not_offered":
            if self.some(0.3):
                charge["multiplier"] = self.fraction()
            if self.some(0.3):
                charge["discount"] = self.random.choice(("0.1", "1/3", "0.05", "1", "0"))
            if self.some(0.2):
                charge["atLeast"] = self.decimal(1, 4)
            if self.some(0.2):
                charge["atMost"] = str(Decimal(charge.get("atLeast", "0")) +
                                       Decimal(self.positive(2, 4)))
        return charge

    def card(self):
        stated = ["seconds", "pixels", "images"][:self.random.randint(1, 3)]
        measures = []
        for name in stated:
            measure = {"name": name, "maximum": self.random.choice(("60", "100", "33.333"))}
            if self.some(0.3):
                measure["listed"] = sorted({self.positive(20, 0) for _ in range(3)}, key=Fraction)
                measure["unlisted"] = self.random.choice(("warn", "warn", "warn", "refuse"))
            measures.append(measure)
        if len(stated) > 1 and self.some(0.6):
            factors = [self.random.choice(stated) for _ in range(self.random.randint(2, 3))]
            measures.append({"name": "derived", "productOf": factors, "maximum": "50000",
                             "dividedBy": self.random.choice((1, 7, 1000))})
        variants = ["one", "two", "three"][:self.random.randint(1, 3)]
        dimensions = []
        if self.some(0.6):
            dimensions.append({"name": "size", "values": ["s", "m", "l"]})
        components, rates = [], []
        for n in range(self.random.randint(1, 4)):
            component = {"name": f"c{n}"}
            if n == 0 or self.some(0.6):
                component["measure"] = self.random.choice(measures)["name"]
                if self.some(0.3):
                    component["optional"] = True
            if self.some(0.25):
                component["scope"] = "request"
            by_item = component.get("scope") != "request"
            earlier = [c["name"] for c in components if not by_item or c.get("scope") != "request"]
            places = [{}]
            if self.some(0.5):
                places.append({"variant": self.random.choice(variants)})
                if dimensions and self.some(0.6):
                    places.append({**places[-1], "size": self.random.choice("sml")})
            for where in places:
                rate = {"component": component["name"], "charge": self.charge(component, earlier)}
                rates.append({**rate, "where": where} if where else rate)
            components.append(component)
        card = {"name": "random", "version": 1, "currency": "USD", "variants": variants,
                "dimensions": dimensions, "measures": measures, "components": components,
                "rates": rates, "rounding": self.random.choice(MODES)}
        if self.some(0.4):
            card["multiplier"] = self.fraction()
        return card

    def amount(self):
        digits = self.random.randint(1, 12)
        return money(self.random.randint(-10 ** digits + 1, 10 ** digits - 1))

    def split(self):
        most = 10 ** self.random.randint(0, 17)
        weights = [self.random.choice((0, 1, self.random.randint(0, most)))
                   for _ in range(self.random.randint(1, 8))]
        return {"allocate": self.amount(), "weights": weights}

    def bought(self):
        return {"affordable": self.amount(), "price": self.price(), "per": self.positive(100, 3),
                "step": self.random.choice(("0.001", "1", self.positive(8, 3)))}

    def items(self, card):
        needed = set()
        for component in card["components"]:
            if "measure" in component and "optional" not in component:
                measure = next(m for m in card["measures"] if m["name"] == component["measure"])
                needed |= set(measure.get("productOf", [measure["name"]]))
        items = []
        for _ in range(self.random.randint(1, 4)):
            quantities = {}
            for measure in card["measures"]:
                name = measure["name"]
                if "productOf" in measure or (name not in needed and self.some(0.4)):
                    continue
                if "listed" in measure and self.some(0.8):
                    quantities[name] = self.random.choice(measure["listed"])
                else:
                    quantities[name] = self.decimal(20 if self.some(0.95) else 101, 3)
            values = {d["name"]: self.random.choice(d["values"])
                      for d in card["dimensions"] if self.some(0.7)}
            items.append({"quantities": quantities, "values": values})
        return items


# --- both, side by side ---------------------------------------------------------------------------

def requests(seed, count, for_each_card=40):
    maker = Maker(seed)
    while count > 0:
        card = maker.card()
        yield {"card": card}
        for _ in range(min(count, for_each_card)):
            yield {"items": maker.items(card)}
        for _ in range(5):
            yield maker.split()
            yield maker.bought()
        count -= for_each_card


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    program = subprocess.Popen([options.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True)

    sent = queue.SimpleQueue()

    def feed():
        for line in requests(options.seed, options.requests):
            sent.put(line)
            program.stdin.write(json.dumps(line) + "\n")
        program.stdin.close()
        sent.put(None)

    threading.Thread(target=feed, daemon=True).start()
    card, built = None, {True: 0, False: 0}
    counts = {"priced": 0, "refused": 0, "lines": 0, "not offered": 0, "splits": 0,
              "purchases": 0}
    used = set()
    reasons = {}
    for asked in iter(sent.get, None):
        answer = json.loads(program.stdout.readline())
        if "card" in asked:
            used |= card.used if card else set()
            card = Card(asked["card"]) if "error" not in answer else None
            built[card is not None] += 1
            if card is None:
                reasons[answer["reason"]] = asked["card"]
            continue
        if "items" in asked and card is None:
            continue
        if "allocate" in asked:
            expected = split(asked["allocate"], asked["weights"])
            answer = None if "error" in answer else answer
            counts["splits"] += 1
        elif "affordable" in asked:
            expected = bought(*(asked[name] for name in ("affordable", "price", "per", "step")))
            counts["purchases"] += 1
        else:
            expected = card.quote(asked["items"])
            if "error" in expected:
                answer = {"error": answer.get("error")}
                counts["refused"] += 1
            else:
                counts["priced"] += 1
                counts["lines"] += sum(len(v["lines"]) for v in expected["variants"])
                counts["not offered"] += sum(not v["offered"] for v in expected["variants"])
        if answer != expected:
            print(json.dumps(card.card if card else None), json.dumps(asked),
                  f"expected {json.dumps(expected)}", f"but it is {json.dumps(answer)}", sep="\n")
            return 1
    used |= card.used if card else set()
    if program.wait() != 0:
        print(f"the program ended with {program.returncode}")
        return 1
    used.add("not_offered")
    print(f"{built[True]} cards built, {built[False]} refused; "
          + ", ".join(f"{count} {name}" for name, count in counts.items()))
    for reason in reasons:
        print(f"  a card was refused: {reason}")
    # What makes the comparison worth something.
    if used != set(MODELS) or counts["not offered"] == 0 or counts["refused"] == 0:
        print(f"charge models without a price: {set(MODELS) - used}, {counts}")
        return 1
    if built[False] * 10 > built[True] or counts["priced"] * 2 < options.requests:
        print("too little was compared")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
