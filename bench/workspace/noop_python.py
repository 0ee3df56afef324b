from bifrost import step, workflow


@workflow(name="noop_python")
async def noop_python() -> None:
    """What a run costs whose code does nothing, in Python."""


@workflow(name="steps_python")
async def steps_python() -> int:
    """Ten durable steps that do nothing."""
    for number in range(10):
        await step(f"step {number}", lambda: None)
    return 10
