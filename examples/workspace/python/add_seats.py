"""Durable steps: a run that is killed continues where it was, and a failure undoes what was done."""

from bifrost import FatalError, UserError, sleep, step, workflow
from python._customers import get_customer


@workflow(category="Customers")
async def add_seats(customer: str, seats: int) -> dict:
    """Buys seats, waits until they are ready, and tells the customer. When that fails, the purchase is undone.

    Args:
        customer: The ID of the customer, such as c-1.
        seats: How many seats are added.
    """
    found = await step("find customer", lambda: get_customer(customer), retries=3)

    def buy():
        if seats > 1000:
            raise FatalError("The service sells at most 1,000 seats at once.")
        return f"order-{customer}-{seats}"

    order = await step("buy seats", buy, retries=3, backoff_seconds=2, undo=lambda bought: print(f"Returned {bought}"))
    await sleep("1s")
    if found["seats"] + seats > 500:
        raise UserError(f"{found['name']} may have at most 500 seats, so the order was returned.")
    return {"order": order, "seats": found["seats"] + seats}
