"""The Sentry's judgement, one idea a file, in the order a number passes through them.

`cycle` what repeats, `history` the past of one bucket, `season` what such an hour usually shows
and how far it misses, `volume` what is too small to say, `threshold` the contract's rule, `gate`
the noise gate, `outage` the named rules, `severity` how grave, `quiet` whom to tell how often;
`detection` puts them together. All of it is a pure function of a series' own past.
"""
