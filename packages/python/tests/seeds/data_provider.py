@data_provider(
    name="Get Users",
    description="Returns list of users",
    cache_ttl=300,  # Cache results for 5 minutes
)
async def get_users():
    return [{"id": 1, "name": "User 1"}]
