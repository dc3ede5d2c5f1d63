"""`python -m hlaska` is `hlaska`: for whoever must name the interpreter too."""

from hlaska.cli import main

main()
