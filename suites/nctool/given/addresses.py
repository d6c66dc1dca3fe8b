"""What the clients of nctool are made of: the profile's section, and HTTP on its addresses."""

from fixtures.clients.http import HttpClient

SYSTEM = "nctool"


def section_of(target):
    """The profile's section of nctool."""
    return target.profile.nctool


def ca_of(target):
    """The file of the authority that its certificates are of, where the profile names one."""
    ca = section_of(target).tls_ca
    return str(ca) if ca else None


def http_of(target, key, headers=None):
    """HTTP on the address under a key of the profile; CapabilityMissing where it has none."""

    def make():
        url = target.require(key, SYSTEM)
        return HttpClient(url, target.recorder, headers=headers, ca_file=ca_of(target))

    return target.once(f"{SYSTEM}.{key}", make)
