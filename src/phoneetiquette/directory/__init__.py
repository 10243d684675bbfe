"""The directory and the guest list: who calls, how to say the name, and whom to look for."""
