package dev.parley.policy;

import dev.parley.policy.generation.GenerationJob;
import dev.parley.policy.generation.QueueFullException;
import dev.parley.proto.sampling.v1.SamplingParameters;
import java.util.concurrent.Semaphore;

/**
 * Has an engine make a long answer of its own and holds the engine's thread at each token of it, so
 * that a test decides when the next decode step is made.
 */
final class HeldEngine {

  private static final int ALL = 1_000_000;

  private final Semaphore tokens = new Semaphore(0);
  private final Semaphore steps = new Semaphore(0);
  private final GenerationJob job;

  /** Returns once the engine is held in the first step of its answer. */
  HeldEngine(PolicyModel model) {
    SamplingParameters sampling =
        SamplingParameters.newBuilder()
            .setMaxNewTokens(200)
            .setIgnoreEndOfSequence(true)
            .setSeed(1)
            .build();
    job =
        model
            .planner()
            .plan(
                new int[] {1, 2},
                1,
                "n",
                sampling,
                token -> {
                  tokens.release();
                  steps.acquireUninterruptibly();
                });
    try {
      model.engine().submit(job);
    } catch (QueueFullException e) {
      throw new IllegalStateException(e);
    }
    tokens.acquireUninterruptibly();
  }

  /** Lets the step end in which the engine is held, and the next one begin. */
  void step() {
    steps.release();
    tokens.acquireUninterruptibly();
  }

  /** Lets the engine go on, without the answer that held it. */
  void letGo() {
    job.cancel();
    steps.release(ALL);
  }
}
