"""The step's side: the object `pd` with its parts, and the call of the step."""
