"""Understanding a message: one component of Rasa's pipeline a file, in the order of config.yml.

`text` holds the pure functions all of them share, `reader` the classifier two of them train; what
it is made of lies in `vocabulary`, `embedding`, `linear` and `calibration`.
"""
