"""The article's routes. None of them names an attribute: what leaves follows from who asks."""

from typing import Annotated

from article.auth import current_principal
from article.models import Profile, User, UserCard, UserId, YearlyProfile, profiles, user_profiles, users
from discreet import between
from discreet.fastapi import Change, Cursor, Disclosed, Page, View, protect, view_of
from fastapi import Depends, FastAPI, Query

Users = Annotated[View[User], Depends(view_of(User, users, current_principal))]
Profiles = Annotated[View[Profile], Depends(view_of(Profile, profiles, current_principal))]
YearlyProfiles = Annotated[View[YearlyProfile], Depends(view_of(YearlyProfile, user_profiles, current_principal))]

Year = Annotated[int, Query(ge=1900, le=9999)]

app = FastAPI(title="Users and profiles", description="The article's five patterns, done with discreet.")
protect(app)


@app.get("/users/{user_id}")
async def get_user(user_id: UserId, users: Users) -> Disclosed[User]:
    """1. One user, as far as the caller may see them."""
    return await users.get(user_id=user_id)


@app.patch("/users/{user_id}")
async def change_user(user_id: UserId, change: Change[User], users: Users) -> Disclosed[User]:
    """Change one's own address, name, locale and phone, and nothing else."""
    return await users.update(change, user_id=user_id)


@app.get("/profiles")
async def list_profiles(profiles: Profiles, after: Cursor | None = None) -> Page[Profile]:
    """2. The public profiles, newest first."""
    return await profiles.query(index="directory", visibility="public", reverse=True, after=after)


@app.get("/users/{user_id}/profiles")
async def list_yearly_profiles(
    user_id: UserId, profiles: YearlyProfiles, since: Year = 2024, until: Year = 2025, after: Cursor | None = None
) -> Page[YearlyProfile]:
    """3. How a user's profile was, from one year to another."""
    return await profiles.query(user_id=user_id, year=between(since, until), after=after)


@app.get("/users")
async def list_users(users: Users, after: Cursor | None = None) -> Page[User]:
    """4. Everyone, for support."""
    return await users.scan(after=after)


@app.get("/users/{user_id}/card")
async def get_card(user_id: UserId, users: Users) -> Disclosed[UserCard]:
    """5. Some of a user, and some of what is inside."""
    return await users.get(user_id=user_id, shape=UserCard)
