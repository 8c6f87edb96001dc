"""What the API and the function Failures call, and steps never import."""
