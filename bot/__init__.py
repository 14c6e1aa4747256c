"""What runs inside Rasa: the channel the service calls, and the components that understand."""
