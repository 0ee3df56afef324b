from bifrost import config, integrations, files

async def my_workflow():
    """Example workflow using SDK modules."""
    # Configuration (async)
    api_url = await config.get("api_url", default="https://api.example.com")
    await config.set("api_url", "https://api.example.com")

    # Secrets (stored encrypted in database)
    api_key = await config.get("api_key")
    await config.set("api_key", "secret_value", is_secret=True)

    # Integration with OAuth (async)
    integration = await integrations.get("Microsoft")
    if integration and integration.oauth:
        access_token = integration.oauth.access_token
        # Use access_token for API calls

    # File operations (async)
    await files.write("data/output.txt", "content")
    content = await files.read("data/output.txt")
