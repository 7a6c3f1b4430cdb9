"""A few users: the same in every run."""

from __future__ import annotations

from datetime import UTC, datetime

from article.models import Profile, ProfileData, User, YearlyProfile, profiles, user_profiles, users

USERS = [
    User(
        user_id="u123",
        email="ada@example.com",
        profile_data=ProfileData(name="Ada", locale="en-GB", phone="+44 20 7946 0123"),
        created_at=datetime(2024, 3, 1, 9, 30, tzinfo=UTC),
        last_seen=datetime(2026, 11, 20, 18, 0, 0, 250_000, tzinfo=UTC),
        support_notes="called twice about invoice 88",
        password_hash="$2b$12$K3v0s8Jm",
        tax_number="078-05-1120",
    ),
    User(
        user_id="u124",
        email="ben@example.com",
        status="suspended",
        profile_data=ProfileData(name="Ben", locale="nl-BE"),
        created_at=datetime(2025, 7, 14, tzinfo=UTC),
        support_notes="chargeback",
        password_hash="$2b$12$Qw7hZ1xy",
    ),
]

PROFILES = [
    Profile(
        id="p1",
        user_id="u123",
        visibility="public",
        created_at=datetime(2024, 3, 2, tzinfo=UTC),
        public_name="Ada L.",
        attributes=["internal-vip", "beta"],
    ),
    Profile(
        id="p2",
        user_id="u124",
        visibility="private",
        created_at=datetime(2025, 7, 15, tzinfo=UTC),
        public_name="Ben, who does not want to be found",
    ),
    Profile(id="p3", user_id="u124", visibility="public", created_at=datetime(2025, 8, 1, tzinfo=UTC), public_name="Ben"),
]

YEARLY = [YearlyProfile(user_id="u123", year=year, display_name=f"Ada ({year})", email="ada@example.com") for year in (2023, 2024, 2025)]


async def create() -> None:
    """Make the three tables, with what is in them."""
    await users.create(User)
    await profiles.create(Profile)
    await user_profiles.create(YearlyProfile)
    await load()


async def load() -> None:
    """Put what is in them in the three tables."""
    await users.load(USERS)
    await profiles.load(PROFILES)
    await user_profiles.load(YEARLY)
