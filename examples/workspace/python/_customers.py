"""Customers of the examples: stands for the client of a service that a team would write once and share."""

from dataclasses import dataclass
from datetime import date


@dataclass
class Customer:
    id: str
    name: str
    seats: int
    renewal: date


_ALL = [
    Customer("c-1", "Contoso", 120, date(2026, 12, 31)),
    Customer("c-2", "Fabrikam", 40, date(2027, 2, 28)),
    Customer("c-3", "Tailspin", 8, date(2027, 6, 30)),
]


async def list_customers() -> list[Customer]:
    return list(_ALL)


async def get_customer(customer: str) -> Customer:
    for one in _ALL:
        if one.id == customer:
            return one
    raise LookupError(f"There is no customer {customer}.")
