"""Whoever is killed, and whenever: every event is there exactly once, and counts exactly once."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from clients import Client, reports
from conftest import postgres
from machine import Machine, numbers
from server import Collector, Database, events, settled
from unrest import Victim, unrest

Make = Callable[[Database, str], Collector]


def restarted(one: Collector) -> Victim:
    """A collector that is killed, also while it comes up."""
    return Victim(one.kill, one.start)


def resumed(machine: Machine) -> Victim:
    return Victim(machine.is_killed, machine.follows)


def together(machines: list[Machine], folder: Path) -> dict:
    """The answers of one machine that recorded what all of them did."""
    whole = Machine(folder, "whole")
    log = whole.home / "telemetry/log/2026-01-01.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"{line}\n" for machine in machines for line in machine.lines()), encoding="utf-8")
    return json.loads(whole.telemetry("insights", "--json"))


def test_two_machines_send_while_both_ends_are_killed(
    database: Database, collector: Make, tmp_path: Path, seconds: float, chance: random.Random
) -> None:
    one = collector(database, "one")
    key = one.key("machines", "ingest", "read")
    one.start()
    machines = [Machine(tmp_path, name) for name in ("ada", "grace")]
    for machine in machines:
        machine.sends_to(one.address, key)
        machine.follows()
    with unrest([restarted(one), *map(resumed, machines)], chance) as kills:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with ThreadPoolExecutor() as pool:
                list(pool.map(Machine.works, machines))
    one.wait()
    for machine in machines:
        machine.is_killed()
        machine.telemetry("export", "--collector")
    assert kills[0] > 2
    sent = sorted(event for machine in machines for event in machine.events())
    assert len(sent) > 500 and events(database) == sent, (len(events(database)), len(sent))
    hosts = Counter(host for (host,) in database.rows("SELECT host FROM events"))
    assert hosts == Counter({machine.name: len(machine.events()) for machine in machines})
    settled(database)
    assert numbers(one.ask("insights", key)) == numbers(together(machines, tmp_path))


def test_two_collectors_on_one_database_are_killed_while_clients_retry(
    collector: Make, tmp_path: Path, seconds: float, chance: random.Random
) -> None:
    database = postgres()
    pair = [collector(database, "one"), collector(database, "two")]
    key = pair[0].key("clients", "ingest", "read")
    for one in pair:
        one.start()
    addresses = [one.address for one in pair]
    machines = [Machine(tmp_path, name) for name in ("ada", "grace", "linus")]
    hosts = ("old-1", "old-2", "old-3")
    told = {host: reports(host, 20_000) for host in hosts}
    sent: dict[str, int] = dict.fromkeys(hosts, 0)
    over = threading.Event()

    def client(name: str) -> Client:
        return Client(addresses, key, name, random.Random(chance.random()))

    def work(machine: Machine, client: Client) -> Client:
        before: list[str] = []
        while not over.is_set():
            machine.works()
            lines = machine.lines()
            # What was sent before comes again, in another order.
            client.chance.shuffle(before)
            client.send_lines(lines[len(before) :] + before[:100])
            before = lines
        return client

    def report(host: str, client: Client) -> Client:
        while not over.is_set() and sent[host] < len(told[host]):
            begin = max(0, sent[host] - client.chance.randrange(50))
            end = min(len(told[host]), sent[host] + client.chance.randrange(50, 400))
            client.send_reports(told[host][begin:end])
            sent[host] = end
        return client

    with unrest([restarted(one) for one in pair], chance) as kills, ThreadPoolExecutor() as pool:
        working = [pool.submit(work, machine, client(machine.name)) for machine in machines]
        working += [pool.submit(report, host, client(host)) for host in hosts]
        over.wait(seconds)
        over.set()
        clients = [one.result() for one in working]
    for one in pair:
        one.wait()
    assert kills[0] > 2 and sum(client.lost for client in clients) > 0, "nobody was disturbed"

    recorded = sorted(event for machine in machines for event in machine.events())
    assert events(database) == recorded
    kept = Counter(host for (host,) in database.rows("SELECT host FROM reports"))
    assert kept == Counter(sent)
    settled(database)
    expected = numbers(together(machines, tmp_path))
    all_reports = [report for host in hosts for report in told[host][: sent[host]]]
    for one in pair:
        insights = one.ask("insights", key)
        assert numbers(insights) == expected
        said = insights["reports"]
        assert (said["total"], said["errors"]) == (len(all_reports), sum(report["errorCount"] for report in all_reports))
        assert said["by_decision"] == Counter(report["decision"] for report in all_reports)
