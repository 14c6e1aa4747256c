"""Understanding a message: one component of Rasa's pipeline a file, in the order of config.yml.

`text` holds the pure functions all of them share, `linear` the classifier two of them train.
"""
