"""How well messages are understood: `python -m bench.understanding`, run inside Rasa's environment.

`figures`, `labelled` and `typos` are pure; `pipeline` alone knows Rasa, `pictures` alone matplotlib.
"""
