"""What sounds mean: from scores to a confirmed event, from arrival times to a place. Pure.

- `scores`: the sounds that are listened for, and chunks of sound.
- `confirmation`: several windows that overlap must agree; a volley is one.
- `status`: how a microphone does, for those who look at it.
- `arrivals`: which shot at one microphone is which at another.
- `position`: arrival times to a place with its ellipse, over a `grid`, by the `posterior` that
  follows from the errors of arrivals and a `prior` of where shots are fired.
"""
