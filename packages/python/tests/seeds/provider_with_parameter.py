@data_provider
async def get_users_by_dept(department: str) -> list[dict]:
    """Get users filtered by department."""
    users = await fetch_users(department)
    return [{"label": u.name, "value": u.id} for u in users]
