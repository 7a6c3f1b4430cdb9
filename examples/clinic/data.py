"""Believable data: the same in every run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from clinic.models import Owner, Pet, Visit

CLINICS = 2000

FIRST = [
    "Ada",
    "Ben",
    "Cleo",
    "Dov",
    "Elif",
    "Finn",
    "Gita",
    "Hugo",
    "Ines",
    "Jun",
    "Kofi",
    "Lena",
    "Milo",
    "Nora",
    "Omar",
    "Pia",
    "Quinn",
    "Rosa",
    "Sami",
    "Tova",
    "Ugo",
    "Vera",
    "Wim",
    "Yara",
    "Zoe",
]
LAST = [
    "Abara",
    "Berg",
    "Costa",
    "Dahl",
    "Evans",
    "Fonseca",
    "Garcia",
    "Haddad",
    "Ito",
    "Jansen",
    "Kaya",
    "Lindqvist",
    "Moreau",
    "Novak",
    "Okafor",
    "Pereira",
    "Rossi",
    "Singh",
    "Tanaka",
]
PETS = [
    "Biscuit",
    "Clover",
    "Dumpling",
    "Fern",
    "Ginger",
    "Hazel",
    "Juno",
    "Kiwi",
    "Luna",
    "Mango",
    "Nori",
    "Olive",
    "Pepper",
    "Quill",
    "Rusty",
    "Scout",
    "Tofu",
    "Waffle",
    "Ziggy",
]
SPECIES = ("cat", "dog", "dog", "cat", "rabbit", "parrot", "tortoise")
DIAGNOSES = ("healthy", "otitis", "dental disease", "arthritis", "diabetes", "skin allergy", "heart murmur", None)
REASONS = ("vaccination", "check-up", "limping", "not eating", "dental cleaning", "follow-up")
FINDINGS = (
    "nothing unusual",
    "mild tartar",
    "heart rate 140",
    "weight loss of 8 %",
    "owner reports stress at home",
    "recheck in two weeks",
)


def everything(clinics: int = CLINICS) -> Iterator[Pet | Owner]:
    """Every clinic's owners and pets: two owners and three pets each."""
    chance = random.Random(20_001)
    for number in range(clinics):
        yield from clinic(f"c{number:04d}", chance)


def clinic(clinic_id: str, chance: random.Random) -> Iterator[Pet | Owner]:
    """One clinic's owners and pets."""
    owners = [owner(clinic_id, f"o{number}", chance) for number in range(2)]
    yield from owners
    for number in range(3):
        yield pet(clinic_id, f"p{number}", owners[number % 2].owner_id, chance)


def owner(clinic_id: str, owner_id: str, chance: random.Random) -> Owner:
    """Someone with a name, an address for mail, and a card on file."""
    first, last = chance.choice(FIRST), chance.choice(LAST)
    return Owner(
        clinic_id=clinic_id,
        owner_id=f"{clinic_id}-{owner_id}",
        name=f"{first} {last}",
        email=f"{first}.{last}@example.com".lower(),
        phone=f"+1 555 {chance.randrange(10_000):04d}",
        card_token=f"tok_{chance.getrandbits(64):016x}",
    )


def pet(clinic_id: str, pet_id: str, owner_id: str, chance: random.Random) -> Pet:
    """A patient with a history."""
    seen = date(2026, 11, 1)
    visits = [
        Visit(
            on=seen - timedelta(days=chance.randrange(20, 900)),
            reason=chance.choice(REASONS),
            findings=chance.choice(FINDINGS),
            fee=Decimal(chance.randrange(2_500, 30_000)) / 100,
        )
        for _ in range(chance.randrange(1, 4))
    ]
    return Pet(
        clinic_id=clinic_id,
        pet_id=pet_id,
        name=chance.choice(PETS),
        species=chance.choice(SPECIES),
        owner_id=owner_id,
        diagnosis=chance.choice(DIAGNOSES),
        balance=Decimal(chance.randrange(0, 40_000)) / 100,
        visits=sorted(visits, key=lambda visit: visit.on),
        notes={"temper": chance.choice(["gentle", "bites when nervous", "hides"]), "billing": "reminder sent twice"},
        chip_secret=f"{chance.getrandbits(60):015x}",
    )
