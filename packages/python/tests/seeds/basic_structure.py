from bifrost import workflow
import logging

logger = logging.getLogger(__name__)

@workflow(category="Category Name")
async def my_workflow(param1: str, param2: int = 10):
    """Docstring explaining workflow purpose - this becomes the description."""
    logger.info(f"Processing {param1}")
    return {"result": "success"}
