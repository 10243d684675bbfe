"""Wake-up calls: what was asked for, what has become of it, and what is to be done next. Pure."""
