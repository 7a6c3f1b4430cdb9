"""Floor 3, beside the view: who is asking. A verified token (JWT) becomes a `Principal`; knows no web framework.

`tokens` is the one door to the JWT library, and `fetch` to an HTTP client.
"""

from discreet.identity.local import LocalIssuer
from discreet.identity.mapping import ClaimMapping, ClaimPath, auth0, cognito, entra, keycloak, words
from discreet.identity.verifier import Verifier

__all__ = ["ClaimMapping", "ClaimPath", "LocalIssuer", "Verifier", "auth0", "cognito", "entra", "keycloak", "words"]
