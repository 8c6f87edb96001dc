"""The parts behind the API and the functions Failures, Wakeups and Watch. Steps never import them."""
