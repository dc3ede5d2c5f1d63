"""Making and judging what the cameras' pipeline runs on."""
