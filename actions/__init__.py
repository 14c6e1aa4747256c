"""What the assistant looks up and decides, as actions Rasa calls over HTTP."""
