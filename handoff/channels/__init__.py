"""Where customers write: one module per platform."""
