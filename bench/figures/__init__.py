"""The parts of the report. Each has `async def measure(laboratory) -> dict`, whose values are numbers and names for JSON."""
