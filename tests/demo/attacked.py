"""Who held off each attack: the service alone, or with the gateway in front. `attacked.py DIRECTORY`.

DIRECTORY has container.jsonl and gateway.jsonl, which `attack --record` wrote. What the gateway passed on is in its log
(`docker logs`, GATEWAY_CONTAINER), by the id that each answer has.

At the container every attack that is played is held. Through the gateway an attack is held where the attack program says
so, or where the gateway refused it with another status than the service would have, and the service never saw it.
Beside that there are those of DIFFERENT, each with its reason, and no more.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

directory = pathlib.Path(sys.argv[1])

# What nginx reads in another way than the service: what is wanted of it, and what holds in its place.
REWRITTEN = "nginx reads it as one request and passes on a head and a length of its own: gateway.py counts (`framing`)"
DIFFERENT = {
    "smuggling-chunk-extension": REWRITTEN,
    "smuggling-chunk-size-padded": REWRITTEN,
    "smuggling-bare-line-feed": REWRITTEN,
    # Nor is a connection without a whole request counted for an address: R30 in docs/threat-model.md.
    "slow-body": "nginx has a time between two bytes and none for a whole body",
}


def played(door):
    lines = (directory / f"{door}.jsonl").read_text().splitlines()
    return {attack["attack"]: attack for attack in map(json.loads, lines)}


def log():
    """The gateway's lines by request id, and the rules that matched by trace."""
    told = subprocess.run(
        ["docker", "logs", os.environ["GATEWAY_CONTAINER"]], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ).stdout.decode(errors="replace")
    by_id, rules = {}, {}
    for line in told.splitlines():
        if line.startswith('{"time"'):
            line = json.loads(line)
            for key in ("request_id", "service_request_id"):
                if line[key]:
                    by_id[line[key]] = line
        elif rule := re.search(r'\[id "(\d+)"\].*\[unique_id "([0-9a-f]+)"\]', line):
            rules.setdefault(rule[2], int(rule[1]))
    return by_id, rules


def answers_of(attack, by_id):
    """Status and line of each answer, with whether the service gave it."""
    found = []
    for answer in attack["answers"]:
        line = by_id.get(answer["request_id"])
        found.append((answer["status"], line, line is not None and line["service_status"] != ""))
    return found


def who(attack, answers):
    """Who refused: the last word in an attack is about the attack itself."""
    refusals = {from_service for status, _, from_service in answers if status >= 400}
    if not attack["answers"]:
        return "service" if "/problems/" in attack["reason"] else "gateway"
    # What is wanted of these is a field of an answer, from either.
    if not refusals or attack["recommendation"] == "A10":
        return "nobody"
    return "both" if len(refusals) == 2 else ("service" if refusals == {True} else "gateway")


def by_what(answers, rules):
    status, line, _ = answers[-1] if answers else (None, None, None)
    rule = rules.get(line["trace"]) if line else None
    if rule is None:
        return "nginx"
    return "the Core Rule Set" if rule >= 900_000 else "the rules that the service prints" if rule >= 10_000 else "rules written by hand"


def container():
    attacks = played("container")
    broken = [name for name, attack in attacks.items() if attack["verdict"] == "broken"]
    assert not broken, f"at the container: {broken}"
    held = [name for name, attack in attacks.items() if attack["verdict"] == "held"]
    print(f"attacks at the container: {len(held)} held, none succeeded, {len(attacks) - len(held)} not applicable")
    return attacks


def gateway(alone):
    attacks = played("gateway")
    by_id, rules = log()
    failed, table, stopped, different = [], {}, {}, set()
    for name, attack in attacks.items():
        answers = answers_of(attack, by_id)
        verdict = attack["verdict"]
        if verdict == "not applicable":
            # A row that could not be made, because the gateway stopped an honest request, would be one.
            if alone[name]["verdict"] == "held" and "no flood" not in attack["reason"]:
                failed.append((name, attack["reason"]))
            continue
        refused = answers and 400 <= answers[-1][0] < 500 and not answers[-1][2]
        # An attack on what an answer tells is not held off by an answer.
        if verdict == "broken" and refused and attack["recommendation"] != "A8":
            verdict = "held"
        if verdict == "broken":
            different.add(name)
            print(f"{name:34} {'differs':8}  {attack['reason']} {DIFFERENT.get(name, '')}")
            continue
        by = who(attack, answers)
        table[by] = table.get(by, 0) + 1
        what = by_what(answers, rules) if by == "gateway" else ""
        if what:
            stopped[what] = stopped.get(what, 0) + 1
        print(f"{name:34} {by:8}  {what}")
    assert different == set(DIFFERENT), f"otherwise than docs/gateway.md says: {different ^ set(DIFFERENT)}"
    assert not failed, f"not played through the gateway: {failed}"
    print(f"attacks at the gateway: {sum(table.values())} held, {len(different)} otherwise, {len(attacks) - sum(table.values()) - len(different)} not applicable")
    print("held by: " + ", ".join(f"{by} {count}" for by, count in sorted(table.items())))
    print("stopped at the gateway by: " + ", ".join(f"{what} {count}" for what, count in sorted(stopped.items())))


gateway(container())
