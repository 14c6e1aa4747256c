"""What a place or a visiting card says in words, for platforms that know such messages. Pure."""


def place(latitude: float, longitude: float, *named: str | None) -> str:
    """Return a place as a link to a map, below its name and address if they are known."""
    at = f"{latitude:.6f}", f"{longitude:.6f}"
    link = f"https://www.openstreetmap.org/?mlat={at[0]}&mlon={at[1]}#map=17/{at[0]}/{at[1]}"
    return "\n".join([*(name for name in named if name), f"📍 {link}"])


def card(*parts: str | None) -> str:
    """Return somebody's name and numbers."""
    return ", ".join(part for part in parts if part)
