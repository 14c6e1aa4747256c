"""What a shop tells its customers: written by its people, found by its customers' questions."""
