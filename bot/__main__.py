"""Rasa's command line without TensorFlow: `python -m bot run …` serves the bot."""

from bot import lean

if __name__ == "__main__":
    lean.install()
    from rasa.__main__ import main

    main()
