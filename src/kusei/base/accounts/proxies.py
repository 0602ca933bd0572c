"""Where a request comes from when proxies stand before us. Pure; typed for the configuration, which reads this first."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
MOST_HOPS = 20


def networks(text: str) -> tuple[Network, ...]:
    """The networks in a list such as `10.0.0.0/8, 192.0.2.7, 2001:db8::/32`. Raises ValueError naming the one that is none."""
    return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())


def client_address(meta: Mapping[str, str], trusted: Iterable[Network]) -> str:
    """The address of whoever asks: the connection's own, or behind proxies of ours the last one in `X-Forwarded-For` that is none of them.

    The header is read from the right: what stands left of the first address that isn't a proxy of ours was written by strangers. Where
    something there is no address at all, the last proxy that said so is as near as can be known.
    """
    nearest = meta.get("REMOTE_ADDR", "")
    trusted = tuple(trusted)
    hops = meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if trusted else []
    for hop in reversed(hops[-MOST_HOPS:]):
        if not _within(nearest, trusted):
            return nearest
        before = _bare(hop)
        if not before:
            return nearest
        nearest = before
    return nearest


def _bare(hop: str) -> str:
    """The address in one part of the header, without brackets and port (`[2001:db8::1]:443`, `192.0.2.1:80`); "" for anything else."""
    hop = hop.strip().strip('"')
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        return str(ip_address(hop))
    except ValueError:
        return ""


def _within(address: str, trusted: tuple[Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in trusted if network.version == found.version)
