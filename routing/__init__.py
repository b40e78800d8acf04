"""Who goes where. Pure: never awaits, logs or reads a clock."""
