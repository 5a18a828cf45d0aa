"""The broker's topology, kept as the contracts catalogue says. For the operator; services may declare nothing.

A fresh broker gets everything by ``load_definitions``. Here is what an existing one needs: ``declare`` adds what is
missing (it never deletes, and never changes what exists: a queue's arguments cannot be changed), ``provision`` makes
users and their rights through the management API, ``verify`` lists what differs.
"""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, unquote, urlsplit

from chassis.messaging import Operator
from contracts import rabbitmq

NOT_FOUND = 404
TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One thing that is not as the catalogue says."""

    kind: Literal["exchange", "queue", "binding", "user", "permission", "topic permission", "policy"]
    name: str
    problem: Literal["missing", "different", "unexpected"]


Ask = Callable[[Any, Callable[[Any], None]], None]


def _exchange(entry: Mapping[str, Any], *, passive: bool) -> Ask:
    return lambda channel, done: channel.exchange_declare(
        entry["name"],
        entry["type"],
        durable=entry["durable"],
        arguments=entry["arguments"],
        passive=passive,
        callback=done,
    )


def _queue(entry: Mapping[str, Any], *, passive: bool) -> Ask:
    return lambda channel, done: channel.queue_declare(
        entry["name"], durable=entry["durable"], arguments=entry["arguments"], passive=passive, callback=done
    )


def _binding(entry: Mapping[str, Any]) -> Ask:
    return lambda channel, done: channel.queue_bind(
        entry["destination"], entry["source"], entry["routing_key"], callback=done
    )


def declare(operator_url: str) -> list[Difference]:
    """Add every exchange, queue and binding that is missing; returns what exists and is different (left alone)."""
    wanted = rabbitmq.topology()
    with Operator(operator_url) as operator:
        different = [
            Difference(kind, entry["name"], "different")
            for kind, entries, make in _entities(wanted)
            for entry in entries
            if operator.ask(make(entry, passive=False))
        ]
        different += [
            Difference("binding", _binding_name(entry), "different")
            for entry in wanted["bindings"]
            if operator.ask(_binding(entry))
        ]
    return different


def _entities(wanted: Mapping[str, Any]) -> list[tuple[Any, Any, Any]]:
    return [("exchange", wanted["exchanges"], _exchange), ("queue", wanted["queues"], _queue)]


def verify(operator_url: str, management: Management | None = None) -> list[Difference]:
    """List what differs. AMQP shows exchanges and queues; bindings, users and rights need ``management``."""
    found: list[Difference] = []
    with Operator(operator_url) as operator:
        for kind, entries, make in _entities(rabbitmq.topology()):
            for entry in entries:
                if operator.ask(make(entry, passive=True)):
                    found.append(Difference(kind, entry["name"], "missing"))
                elif operator.ask(make(entry, passive=False)):
                    # It exists, so declaring it changes nothing: the broker compares and refuses.
                    found.append(Difference(kind, entry["name"], "different"))
    if management is not None:
        found += management.differences()
    return sorted(found)


def _binding_name(entry: Mapping[str, Any]) -> str:
    return f"{entry['source']} -> {entry['destination']} ({entry['routing_key']})"


class Management:
    """RabbitMQ's management API, as an administrator."""

    def __init__(self, url: str) -> None:
        """``http://user:password@host:port``."""
        parts = urlsplit(url)
        self._base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/api"
        login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        self._authorization = "Basic " + base64.b64encode(login.encode()).decode()

    def _request(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the operator's own address
            f"{self._base}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": self._authorization, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            content = answer.read()
        return json.loads(content) if content else None

    def provision(self, passwords: Mapping[str, str]) -> None:
        """Make the virtual host, a user per participant in ``passwords``, everybody's rights, and the policies."""
        vhost = quote(rabbitmq.VHOST, safe="")
        self._request("PUT", f"vhosts/{vhost}", {})
        for name, password in passwords.items():
            tags = "administrator" if name == rabbitmq.OPERATOR else ""
            self._request("PUT", f"users/{quote(name, safe='')}", {"password": password, "tags": tags})
        rights = rabbitmq.permissions()
        for path, entries in (
            ("permissions", rights["permissions"]),
            ("topic-permissions", rights["topic_permissions"]),
        ):
            for entry in entries:
                if entry["user"] in passwords:
                    body = {key: value for key, value in entry.items() if key not in {"user", "vhost"}}
                    self._request("PUT", f"{path}/{vhost}/{quote(entry['user'], safe='')}", body)
        for policy in rabbitmq.policies():
            self._request("PUT", f"policies/{vhost}/{quote(policy['name'], safe='')}", policy)

    def differences(self) -> list[Difference]:
        """Bindings, users, rights and policies that are missing, different, or there against the catalogue."""
        vhost = quote(rabbitmq.VHOST, safe="")
        try:
            bindings = self._request("GET", f"bindings/{vhost}")
        except urllib.error.HTTPError as error:
            if error.code == NOT_FOUND:
                return [Difference("permission", rabbitmq.VHOST, "missing")]
            raise
        wanted = {_binding_name(entry) for entry in rabbitmq.topology()["bindings"]}
        actual = {_binding_name(entry) for entry in bindings if entry["source"]}
        found = [Difference("binding", name, "missing") for name in wanted - actual]
        found += [Difference("binding", name, "unexpected") for name in actual - wanted]
        users = {entry["name"] for entry in self._request("GET", "users")}
        expected = {rabbitmq.OPERATOR, *rabbitmq.participants()}
        found += [Difference("user", name, "missing") for name in expected - users]
        rights = rabbitmq.permissions()
        found += self._rights("permission", f"vhosts/{vhost}/permissions", rights["permissions"])
        found += self._rights("topic permission", f"vhosts/{vhost}/topic-permissions", rights["topic_permissions"])
        policies = {entry["name"]: entry for entry in self._request("GET", f"policies/{vhost}")}
        for policy in rabbitmq.policies():
            there = policies.get(policy["name"])
            if there is None:
                found.append(Difference("policy", policy["name"], "missing"))
            elif any(there.get(key) != value for key, value in policy.items()):
                found.append(Difference("policy", policy["name"], "different"))
        return sorted(found)

    def _rights(self, kind: Any, path: str, wanted: list[dict[str, str]]) -> list[Difference]:
        actual = {entry["user"]: entry for entry in self._request("GET", path)}
        found = []
        for entry in wanted:
            there = actual.pop(entry["user"], None)
            if there is None:
                found.append(Difference(kind, entry["user"], "missing"))
            elif any(there.get(key) != value for key, value in entry.items()):
                found.append(Difference(kind, entry["user"], "different"))
        administrators = {entry["name"] for entry in self._request("GET", "users") if "administrator" in entry["tags"]}
        return found + [Difference(kind, name, "unexpected") for name in actual if name not in administrators]
