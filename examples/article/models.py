"""What the three tables hold, under the names and in the formats that they have, and who may see it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import StringConstraints

from discreet import (
    Access,
    Embedded,
    Entity,
    Identifier,
    Index,
    Key,
    Part,
    Table,
    anyone,
    epoch_millis,
    epoch_seconds,
    nobody,
    relation,
    role,
    state,
    stored_as,
    visible_to,
    writable_by,
)

UserId = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]

myself = relation(claim="sub", attribute="user_id")
support = role("support")
published = state(attribute="visibility", equals="public")


class ProfileData(Embedded):
    """What a user says of themselves."""

    name: Annotated[str, visible_to(anyone), writable_by(myself)]
    locale: Annotated[str, visible_to(anyone), writable_by(myself)] = "en"
    phone: Annotated[str | None, visible_to(myself), writable_by(myself)] = None


class User(Entity):
    """An account: `users`, by `user_id`."""

    key = Key("user_id")
    access = Access(scan=support)

    user_id: Annotated[UserId, visible_to(anyone)]
    email: Annotated[str, visible_to(myself, support), writable_by(myself)]
    status: Annotated[Literal["active", "suspended"], visible_to(myself, support)] = "active"
    profile_data: Annotated[ProfileData | None, visible_to(anyone), writable_by(myself)] = None
    created_at: Annotated[datetime, visible_to(myself, support), stored_as("createdAt", format=epoch_seconds)]
    last_seen: Annotated[datetime | None, visible_to(myself, support), stored_as("lastSeen", format=epoch_millis)] = None
    support_notes: Annotated[str | None, visible_to(support), stored_as("supportNotes")] = None
    password_hash: Annotated[str, visible_to(nobody), stored_as("passwordHash")]
    tax_number: Annotated[str | None, visible_to(nobody), stored_as("ssn")] = None


class ProfileCard(Part[ProfileData]):
    """A name and how to greet it."""

    name: str
    locale: str


class UserCard(Part[User]):
    """As much of a user as a page's corner shows."""

    user_id: str
    email: str
    profile_data: ProfileCard | None


class Profile(Entity):
    """What is in the directory, if its owner wants it there: `profiles`, by `id`."""

    key = Key("id")
    directory = Index("directory", Key("visibility", "created_at"), projects={"public_name", "user_id"})

    id: Annotated[Identifier, visible_to(published, myself)]
    user_id: Annotated[UserId, visible_to(myself, support), stored_as("userId")]
    visibility: Annotated[Literal["public", "private"], visible_to(published, myself)]
    created_at: Annotated[datetime, visible_to(published, myself), stored_as(format=epoch_seconds)]
    public_name: Annotated[str, visible_to(published, myself)]
    attributes: Annotated[list[str], visible_to(support)] = []


class YearlyProfile(Entity):
    """A profile as it was in a year: `user-profiles`, by keys that another service writes."""

    key = Key(pk="user#{user_id}", sk="profile#{year:04d}")

    user_id: Annotated[UserId, visible_to(anyone)]
    year: Annotated[int, visible_to(anyone)]
    display_name: Annotated[str, visible_to(anyone)]
    email: Annotated[str, visible_to(myself, support)]


users = Table("users")  # region, credentials, endpoint: the AWS defaults
profiles = Table("profiles")
user_profiles = Table("user-profiles")
