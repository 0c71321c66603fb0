"""Words laid over sound: a duration-explicit hidden Markov model, decoded by segmental Viterbi. Pure."""

__all__: list[str] = []
