"""Keeps a table of the platform in step with another system."""

from bifrost import logger, tables, workflow
from python._customers import list_customers


@workflow(category="Customers", retry_policy={"max_retries": 2, "delay_seconds": 5})
async def sync_seats() -> dict:
    """Writes the seats of each customer to a table, and says what has changed."""
    changed = []
    for customer in await list_customers():
        known = await tables.get("customer_seats", customer.id)
        if known and known.data["seats"] == customer.seats:
            continue
        await tables.upsert("customer_seats", customer.id, {"name": customer.name, "seats": customer.seats})
        changed.append(customer.name)
    logger.info("%d customers changed", len(changed))
    return {"changed": changed}
