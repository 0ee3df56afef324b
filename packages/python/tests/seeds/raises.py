import logging
from bifrost import workflow

logger = logging.getLogger(__name__)

@workflow
async def create_user(email: str, name: str):
    """Create a new user in the system."""
    # Raised exceptions are automatically caught and logged
    user = await create_user_in_system(email, name)
    logger.info(f"Created user: {user.id}")
    return {"user_id": user.id}

    # Or indicate partial failure (execution status: COMPLETED_WITH_ERRORS)
    # return {"success": False, "error": "User created but email failed"}
