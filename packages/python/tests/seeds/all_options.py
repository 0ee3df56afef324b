@workflow(
    name="My Workflow",           # Display name
    description="Description",     # Documentation
    category="Category",           # For organization
    tags=["tag1", "tag2"],        # Searchable tags
    execution_mode="sync"|"async", # Sync or async execution
    timeout_seconds=300,           # Execution timeout (default 300)
    retry_policy={"max_retries": 3, "delay_seconds": 60},
    schedule="0 9 * * *",          # Cron schedule for scheduled workflows
    endpoint_enabled=True,         # Enable HTTP endpoint
    allowed_methods=["GET", "POST"], # Allowed HTTP methods
    disable_global_key=False,      # Disable global API key auth
    public_endpoint=False,         # Allow unauthenticated access
    is_tool=False,                 # Mark as AI agent tool
    tool_description="...",        # Description for AI agents
    time_saved=5,                  # ROI tracking: minutes saved per run
    value=10.0,                    # ROI tracking: dollar value per run
)
async def my_workflow(input_data):
    pass
