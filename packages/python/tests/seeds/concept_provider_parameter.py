@workflow
async def create_user(email: str, department: str):
    """Create a new user."""
    pass
