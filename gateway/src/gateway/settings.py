"""What the gateway needs to know: one set of settings for the policy and for the nginx configuration.

Everything is read as ``GATEWAY_X`` first and ``MINASIDOR_X`` second, with ``_FILE`` for secrets (``chassis.settings``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, make_dataclass
from urllib.parse import urlsplit

from chassis.settings import SECRET, SettingsError
from chassis.settings import Settings as Base
from contracts.catalogue import SERVICES

SERVICE = "gateway"
RATE_CLASSES = ("login", "company", "invitation", "sms-report", "staff-search")
"""What a route may name as its ``rate``; each has a setting ``rate_<class>``."""
RATE = re.compile(r"^(?P<rate>[1-9][0-9]{0,5}r/[sm])\+(?P<burst>[0-9]{1,6})$")
ADDRESS = re.compile(r"^(?:unix:/[^\s;{}\"'$,]+|(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5})$")
HOST = re.compile(r"^[A-Za-z0-9.-]+$|^\[[0-9A-Fa-f:]+\]$")

# One setting per service of the catalogue, so that a new service needs no line here: upstream_org_registry and so on.
_Upstreams = make_dataclass(
    "_Upstreams",
    [(f"upstream_{service.replace('-', '_')}", str, field(default="")) for service in SERVICES],
    kw_only=True,
    frozen=True,
)


@dataclass(frozen=True, kw_only=True)
class Settings(Base, _Upstreams):  # type: ignore[misc,valid-type] # made above, from the catalogue
    """``upstream_<service>``: where each service is; empty where it is not deployed.

    Addresses are ``host:port`` or ``unix:/path``; several of one service are separated by commas.
    """

    database_url: str = field(default="", metadata=SECRET)
    web_threads: int = 8
    gateway_private_jwk: str = field(default="", metadata=SECRET)
    """The Ed25519 key (JWK, JSON) that service tokens are signed with. The policy needs it, nginx does not."""

    listen: str = "127.0.0.1:8080"
    """Where people come in."""
    listen_portal: str = ""
    """Unix socket for the portal's own calls; only there is ``X-Forwarded-For`` believed (beside trusted_proxies)."""
    hosts: str = ""
    """Further host names that are ours, beside the one of ``public_url``; comma-separated."""
    trusted_proxies: str = ""
    """Networks (CIDR, comma-separated) of load balancers whose ``X-Forwarded-For`` is believed."""
    tls_certificate: str = ""
    tls_certificate_key: str = ""

    upstream_policy: str = ""
    """Where nginx asks the policy; empty: where the policy listens (``bind``)."""
    upstream_portal: str = ""
    keepalive: int = 4
    """Idle connections that each nginx worker keeps to each service. Those of all workers, and the policy's own to
    identity and org-registry (``upstreams.MAX_IDLE``), stay together below the service's ``worker_connections`` (four
    times its threads), or idle connections would keep busy ones out."""
    max_connections: int = 64
    """Connections to one address of a service, over all nginx workers; above it the answer is 503 at once."""

    static_folder: str = ""
    """The portal's files, served at /static/."""
    cache_folder: str = ""
    """Where answers of the policy live for less than a second; empty: in memory (/dev/shm) where there is such."""
    routes_file: str = ""
    """Another route table than the packaged one; for tests."""
    nginx: str = ""
    """The nginx program; empty: from PATH or /usr/sbin."""
    nginx_user: str = ""
    """User of the nginx workers when nginx is started by root; empty: stay who we are."""
    nginx_workers: int = 2

    deadline_seconds: int = 5
    upload_deadline_seconds: int = 60
    """From the permit on, so the way of the file itself counts: ten megabytes at 1.4 Mbit/s. A token lives as long."""
    connect_timeout_seconds: int = 1
    lookup_timeout_seconds: int = 2
    """How long the policy waits for identity, and for org-registry."""
    upload_above_bytes: int = 1024 * 1024
    """Routes that take larger bodies have the upload deadline."""

    rate_default: str = "20r/s+100"
    """Requests of one session (without one: of one address), as ``<n>r/s+<burst>``, ``<n>r/m+<burst>`` or ``off``.
    The files of a page count for the address only."""
    rate_address: str = "100r/s+400"
    """All requests of one address (IPv6: of one /64), so that many sessions do not help."""
    rate_login: str = "60r/m+60"
    rate_company: str = "2r/m+10"
    rate_invitation: str = "10r/m+20"
    rate_sms_report: str = "50r/s+200"
    rate_staff_search: str = "30r/m+30"
    """``rate_<class>``: routes that declare the class (``rate=``) count here instead of in default."""
    connections_per_address: int = 200
    """Connections at once from one address; 0 means any number."""

    def __post_init__(self) -> None:
        """Refuse what would make a wrong configuration, before nginx sees it."""
        problems = [
            f"GATEWAY_{name.upper()} must look like 20r/s+100, or be off"
            for name in ("rate_default", "rate_address", *(f"rate_{each.replace('-', '_')}" for each in RATE_CLASSES))
            if not (getattr(self, name) == "off" or RATE.match(getattr(self, name)))
        ]
        addresses = ["listen", "listen_portal", "upstream_policy", "upstream_portal"]
        addresses += [f"upstream_{service.replace('-', '_')}" for service in SERVICES]
        problems += [
            f"GATEWAY_{name.upper()} must be host:port or unix:/path"
            for name in addresses
            if not all(ADDRESS.match(part) for part in words(getattr(self, name)))
        ]
        problems += [f"GATEWAY_HOSTS: {host} is not a host name" for host in words(self.hosts) if not HOST.match(host)]
        if bool(self.tls_certificate) != bool(self.tls_certificate_key):
            problems.append("GATEWAY_TLS_CERTIFICATE and GATEWAY_TLS_CERTIFICATE_KEY belong together")
        if problems:
            raise SettingsError("; ".join(problems))

    def rate(self, name: str) -> str:
        """The limit of a class (or of ``default``, ``address``)."""
        limit: str = getattr(self, f"rate_{name.replace('-', '_')}")
        return limit

    def upstream(self, service: str) -> list[str]:
        """The addresses of a service; empty where it is not deployed."""
        return words(getattr(self, f"upstream_{service.replace('-', '_')}"))

    @property
    def policy(self) -> list[str]:
        """Where nginx finds the policy."""
        return words(self.upstream_policy) or [self.bind]

    @property
    def host_names(self) -> list[str]:
        """The host names that we answer to."""
        names = [urlsplit(self.public_url).hostname or "localhost", *words(self.hosts)]
        if not self.is_production:
            names += ["localhost", "127.0.0.1"]
        return list(dict.fromkeys(names))

    @property
    def public_host(self) -> str:
        """Host, with the port where it is not the usual one, as people see it."""
        return urlsplit(self.public_url).netloc

    @property
    def origins(self) -> frozenset[str]:
        """What a browser may send as ``Origin`` with a write."""
        parts = urlsplit(self.public_url)
        port = f":{parts.port}" if parts.port else ""
        return frozenset(f"{parts.scheme}://{name}{port}" for name in self.host_names)

    @property
    def https(self) -> bool:
        """People come by TLS: ours, or a load balancer's before us."""
        return bool(self.tls_certificate) or self.public_url.startswith("https://")


def words(text: str) -> list[str]:
    """Split at commas; nothing becomes nothing."""
    return [word.strip() for word in text.split(",") if word.strip()]


__all__ = ["RATE", "RATE_CLASSES", "SERVICE", "Settings", "words"]
