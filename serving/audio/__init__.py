"""Microphones: from sound that arrives to events, with speech around the alarm silenced.

ARCHITECTURE. Each hop is one noun and one file:

    source ─Chunk→ listener ─Window→ scorer ─scores→ listener ─SoundFinding→ clerk ─Event→ outbox

- `source` reads many microphones (WAV, FLAC, RTSP, HTTP) in one killable child (`decode`, which
  reads `recordings` and keeps a live source's time with `clock`).
- `listener` keeps the last seconds (`tape`), cuts them into windows that overlap, spares those in
  which nothing happens (`gate`), has the others scored, and tells what enough of them agree on
  (`hlaska.sound.confirmation`) as a `finding`, with the onset of each shot (`onsets`). It has no
  thread and no clock: evaluation runs recordings through the same class.
- `scorer` runs a model on windows; plain, without Ray. `deployment` puts it on Ray Serve, where all
  microphones share it in batches. `shadow` lets a challenger listen there too.
- `clerk` writes down what was heard: `privacy` silences speech outside the alarm's own seconds
  before anything is stored or sent, `spectrogram` draws what is left with the scores, `events`
  makes the event.
- `stream` keeps one microphone going, with what is wrong with its sound (`meter`, and the rule
  `hlaska.rules.sound_health`); `ears` is the one engine of all microphones of a stream host.
- `locator` turns the arrivals of one bang at several microphones into a place (`located`).

`decode`, `recordings` and `clock` are imported by the lean child too: they and this file import
nothing heavy.
"""
