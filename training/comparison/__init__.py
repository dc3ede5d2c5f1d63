"""Systems of several makers, ours among them, judged on the same truth by the same measures.

ARCHITECTURE. A run file says what is compared; everything becomes `facts`, and facts are compared.

- `run`, `scene` and `conditions` are the run file; `spans` is its time: frames, intervals and
  stretches.
- `facts` is the one form of the truth and of every answer: boxes, tracks, crossings, counts,
  turning movements, alerts, and why one of them is missing. `truth` reads it (`neutral` is the
  form of its CSV files), `exported` makes it of a maker's export (`training.vendors`), `live` of a
  detector that is run, `yardsticks` of the truth alone.
- One file a question: `boxes`, `following`, `counting`, `turning`, `speeds`, `alarms`; each gives
  `figures` that know how they vary over stretches of time. `splits` asks again under conditions.
- `ranking` draws stretches and says who is better; `judging` puts all of it together.
- `tables` and `points` are what `reporting` hands to the dashboards; `page` and its `pictures` are
  printed; `keeping` keeps all in MLflow.

A system gets only the scores that its export allows. The oracle, which is the truth itself, and a
constant are always among the rows; a system that failed is a row with its reason.
"""
