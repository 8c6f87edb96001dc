"""The parts of the report. Each has `async def measure(laboratory) -> dict`, of numbers and names for JSON."""
