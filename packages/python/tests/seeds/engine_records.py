@dataclass
class ExecutionRequest:
    workflow_id: str | None
    execution_id: str
    organization_id: str
    input_data: dict
    script: str | None          # For inline code execution
    timeout_seconds: int
    # ... additional fields

@dataclass
class ExecutionResult:
    success: bool
    output: Any
    error: str | None
    variables: dict             # Captured variables via sys.settrace()
    logs: list[str]
    duration_ms: int
    tokens_used: dict | None
