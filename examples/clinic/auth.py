"""Who is asking: bearer tokens (JWTs), verified. The issuer is one in memory, so that the example runs by itself.

With an issuer of your own it is `bearer(issuer="https://...", audience="clinic", ...)`, without `keys`.
"""

from typing import Annotated, Any

from discreet import Principal, Unauthenticated
from discreet.fastapi import bearer
from discreet.testing import LocalIssuer
from fastapi import Depends

issuer = LocalIssuer("https://clinic.example/", audience="clinic")

current_principal = bearer(
    issuer=issuer.name,
    audience=issuer.audience,
    keys=issuer.keys,
    algorithms=["ES256"],
    claims={"vet_at": "vet_at", "billing_at": "billing_at"},
    optional=True,
)


async def signed_in(who: Annotated[Principal, Depends(current_principal)]) -> Principal:
    """The same, for what nobody does anonymously."""
    if who.id is None:
        raise Unauthenticated
    return who


def issue(sub: str, **claims: Any) -> str:
    """Make a token, as the issuer would after a login. Good for an hour, or until the process ends."""
    return issuer.token(sub, **claims)
