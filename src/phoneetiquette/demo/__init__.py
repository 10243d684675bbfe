"""The demonstration: a recorded guest calls the desk."""
