"""What a step sees: the object `pd`, what hangs on it, and how the step is called."""
