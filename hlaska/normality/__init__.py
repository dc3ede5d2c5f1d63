"""What is usual at one camera, and what is not.

ARCHITECTURE. `movement` turns tracks into one row a second: where, how fast, whither. `usual` is
the record of what is usual, learnt elsewhere (`training.video.normality`): a mixture of Gaussians
over movements, what each cell of the ground knows of speed and direction, and how many people each
hour sees. `explanation` says in which respect a movement is not usual. The rule that watches a live
camera is `hlaska.rules.unusual`.
"""
