"""Passwords that cost a test nothing."""

from argon2 import PasswordHasher

# Everything about a password but the work of guessing it: 0.1 ms of two cores instead of 0.1 s.
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
