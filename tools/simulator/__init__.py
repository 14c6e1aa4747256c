"""Messengers' platforms played on this machine, with a page to chat through them by hand."""
