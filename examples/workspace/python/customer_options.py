"""A data provider: fills the list of customers in forms."""

from bifrost import data_provider
from python._customers import list_customers


@data_provider(category="Customers", cache_ttl_seconds=60)
async def customer_options() -> list[dict]:
    """Lists customers for the choice in a form."""
    return [{"label": customer.name, "value": customer.id} for customer in await list_customers()]
