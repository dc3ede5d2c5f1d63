"""Made traffic of a camera network, with attacks in it and the truth about them.

ARCHITECTURE. Nobody may attack a city's cameras for a training set, so flows are made from what
devices and tools are known to say. Each floor knows only those below it:

- `recipes` writes a day as a data set of the catalog, as Zeek would have logged it (`zeek`);
  `story` is the attack of that day.
- `day`: some day, with attacks or without, as a flow table with labels.
- `attacks`: one small file a family, each with its variants.
- `video` (streams), `housekeeping` (what devices do by themselves), `people` (what people do, and
  what goes wrong when they do).
- `timeline` (light, people in the street, cameras that are gone) and `cast` (who is there).
- `exchanges` (bytes and packets of one exchange) and `chance` (where every number comes from).

Formulas and constants name their source, or say that they are an estimate. The same seed makes the
same day. Ordinary days and shifted days draw from ranges that do not meet: models learn from the
first and are judged on both.

What it cannot show: there is one network, on paper. What is normal here was thought of by those who
also thought of the attacks, so figures on made days are a floor for mistakes, not a promise.
"""
