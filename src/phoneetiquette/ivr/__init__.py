"""What the machine says to callers and takes from them: menus, messages, keys. Pure; the desk gives it its turns."""
