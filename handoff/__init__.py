"""The service: channels, conversations, the queue of waiting customers and the agents' console."""
