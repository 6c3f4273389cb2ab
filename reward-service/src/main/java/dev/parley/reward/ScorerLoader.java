package dev.parley.reward;

import dev.parley.reward.scoring.Scorer;
import jakarta.inject.Singleton;

/** Loads what the scorer computes with. */
@Singleton
class ScorerLoader {

  /** Loads, which may take minutes; see {@link Scorer#load}. */
  void load(Scorer scorer) {
    scorer.load();
  }
}
