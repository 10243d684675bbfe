"""The call buttons and lamps of a USB headset: what there are, what a press means, what the lamps show."""
