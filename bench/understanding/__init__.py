"""How well messages are understood: `python -m bench.understanding` in Rasa's environment.

`figures` and `typos` are pure, `pipeline` alone asks Rasa, `pictures` alone draws.
"""
