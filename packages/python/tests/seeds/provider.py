from bifrost import data_provider

@data_provider(cache_ttl_seconds=600)
async def get_departments() -> list[dict]:
    """List available departments."""
    return [
        {"label": "Engineering", "value": "eng"},
        {"label": "Sales", "value": "sales"}
    ]
