@workflow
async def example(
    name: str,                     # Text input
    count: int,                    # Integer input
    amount: float,                 # Decimal input
    enabled: bool = False,         # Boolean toggle
    tags: list[str] | None = None, # List of strings
    config: dict | None = None,    # JSON object
) -> dict:
    """Example with various parameter types."""
    ...
