"""Who is asking: bearer tokens, verified. The issuer is one in memory, so that the example runs by itself."""

from discreet.fastapi import bearer
from discreet.testing import LocalIssuer

issuer = LocalIssuer("https://users.example/", audience="users")

current_principal = bearer(
    issuer=issuer.name, audience=issuer.audience, keys=issuer.keys, algorithms=["ES256"], roles=["roles"], optional=True
)


def issue(sub: str, *roles: str) -> str:
    """Make a token, as the issuer would after a login. Good for an hour, or until the process ends."""
    return issuer.token(sub, roles=list(roles))
