"""Who may use the pages: users, their roles and passwords, sessions, and how often one may guess."""
