package dev.parley.bench;

/**
 * The most memory that a PPO update needs: of all of Parley's processes together, the broker's and
 * the JVMs' own among them, and of TRL's one process.
 *
 * @param rig what it runs on
 * @param way how Parley does it
 * @param bar the share to stay below
 */
record PpoMemory(Rig rig, PpoRuns.Way way, double bar) implements Comparison {

  private static final PpoRuns.Size SIZE = new PpoRuns.Size(BenchModel.SMOL, 16, 1, 2, 1e-5);
  private static final double GIBI = 1L << 30;

  @Override
  public String name() {
    return "ppo-memory-135m" + (way == PpoRuns.Way.LEAN ? "-lean" : "");
  }

  @Override
  public String description() {
    return "peak memory of a PPO update, 135M, %d prompts of %d tokens, %d new tokens, %s: all of Parley's processes against TRL 0.24's"
        .formatted(
            SIZE.prompts(),
            PpoRuns.PROMPT_TOKENS,
            PpoRuns.NEW_TOKENS,
            way == PpoRuns.Way.LEAN
                ? "values from the policy's trunk, TRL's from a model of their own; layers computed twice, services in "
                    + PpoRuns.bestPrecision()
                : "separate value model");
  }

  @Override
  public String unit() {
    return "GiB";
  }

  @Override
  public boolean atMost() {
    return true;
  }

  @Override
  public Rates measure() throws InterruptedException {
    PpoRuns runs = new PpoRuns(rig, way, SIZE);
    return new Rates(
        MemoryOfProcesses.peak(runs::ours) / GIBI, MemoryOfProcesses.peak(runs::peer) / GIBI);
  }
}
