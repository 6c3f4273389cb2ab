package dev.parley.bench;

import dev.parley.bench.own.SampledGeneration;
import dev.parley.model.decoding.WeightFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Sampled generation of 64 tokens after 16 beside another engine, the same random weights in both.
 *
 * @param rig what it runs on
 * @param peer the other engine: transformers or llama.cpp
 * @param model the shape
 * @param weights their format on both sides
 * @param rows of a batch
 * @param bar the ratio to reach
 */
record Generate(
    Rig rig, Python.Peer peer, BenchModel model, WeightFormat weights, int rows, double bar)
    implements Comparison {

  private static final int PROMPT_TOKENS = 16;
  private static final int NEW_TOKENS = 64;
  private static final double WARM_UP_SECONDS = 10;
  private static final double SECONDS = 5;

  @Override
  public String name() {
    if (!besideLlama()) {
      return "generate-%s-b%d".formatted(model.size(), rows);
    }
    return "llama-cpp-%sb%d".formatted(weights == WeightFormat.BFLOAT16 ? "bf16-" : "", rows);
  }

  @Override
  public String description() {
    return "%d new tokens after %d, sampled, %s, batch %d, %s: Generator against %s"
        .formatted(
            NEW_TOKENS,
            PROMPT_TOKENS,
            model.size(),
            rows,
            weights,
            besideLlama() ? "llama.cpp" : "transformers' generate");
  }

  private boolean besideLlama() {
    return peer == Python.Peer.LLAMA_CPP;
  }

  @Override
  public String unit() {
    return "tokens/s";
  }

  @Override
  public Rates measure() throws InterruptedException {
    Path directory = rig.model(model);
    SampledGeneration.Figures ours =
        rig.own(
            new SampledGeneration(
                directory, weights, rows, PROMPT_TOKENS, NEW_TOKENS, WARM_UP_SECONDS, SECONDS),
            SampledGeneration.Figures.class);
    return new Rates(ours.tokensPerSecond(), peerRate(directory));
  }

  private double peerRate(Path directory) throws InterruptedException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--rows",
                Integer.toString(rows),
                "--prompt-tokens",
                Integer.toString(PROMPT_TOKENS),
                "--new-tokens",
                Integer.toString(NEW_TOKENS),
                "--warm-up-seconds",
                Double.toString(WARM_UP_SECONDS),
                "--seconds",
                Double.toString(SECONDS),
                "--threads",
                Integer.toString(rig.threads()),
                "--model"));
    Python python = rig.python(peer);
    arguments.add(
        (besideLlama() ? LlamaFile.of(directory, weights, python) : directory).toString());
    return python
        .result(besideLlama() ? "llama_generate.py" : "transformers_generate.py", arguments)
        .get("tokensPerSecond")
        .asDouble();
  }
}
