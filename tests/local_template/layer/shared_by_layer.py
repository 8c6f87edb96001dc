"""Shows that a layer can be imported."""

GREETING = "from the layer"
