"""Who is on this machine."""

import ipaddress


def is_loopback(address: str | None) -> bool:
    """Tell whether an address, or `localhost`, is this machine."""
    if address == "localhost":
        return True
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_loopback)
