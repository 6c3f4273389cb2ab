package dev.parley.policy.generation;

/** The engine is shutting down: what was asked of it will not be finished here. */
public final class EngineClosedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Says what to do. */
  public EngineClosedException() {
    super("this policy is shutting down; ask another");
  }
}
