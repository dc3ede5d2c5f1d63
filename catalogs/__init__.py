"""What the city has: data sets, site files, seeds of models, and the journal of what happened."""
